#include "trainer/app/machine.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "trainer/core/buffer.h"
#include "trainer/core/clock.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown CPU";
}

}  // namespace

std::string CpuMachine::text() const {
  return format("%s, %d threads, %s", cpu_name().c_str(), pool_.threads(),
                std::string(name(isa_)).c_str());
}

void CpuMachine::exchange(Bucket bucket) {
  exchange_->ask([this, bucket = std::move(bucket)] {
    for (const std::span<float> numbers : bucket) world_.sum(numbers);
  });
}

double CpuMachine::peak_flops() {
  constexpr std::int64_t kRows = 768;
  constexpr std::int64_t kSize = 256;
  std::vector<float> x(kRows * kSize, 0.5F), w(kSize * kSize, 0.25F), y(kRows * kSize);
  double best = 1;
  for (int i = 0; i < 20; ++i) {
    const double began = monotonic_seconds();
    ops_.linear({x.data(), kRows, kSize}, {w.data(), kSize, kSize}, {y.data(), kRows, kSize},
                false);
    best = std::min(best, monotonic_seconds() - began);
  }
  return 2.0 * kRows * kSize * kSize / best;
}

double CpuMachine::bytes_per_second() {
  constexpr std::int64_t kRows = 1 << 14;
  constexpr std::int64_t kColumns = 1 << 10;
  std::vector<float> x(kRows * kColumns, 1.0F), y(kRows * kColumns, 1.0F);
  double best = 1;
  for (int i = 0; i < 5; ++i) {
    const double began = monotonic_seconds();
    ops_.add({x.data(), kRows, kColumns}, {y.data(), kRows, kColumns});
    best = std::min(best, monotonic_seconds() - began);
  }
  return 3.0 * sizeof(float) * kRows * kColumns / best;  // two are read, one is written
}

Result<void> CpuMachine::check_memory() const {
  return trainer::check_memory(world_.size() * ops_.allocated_bytes(), available_memory_bytes(),
                               "memory");
}

Result<void> check_memory(std::int64_t needed, std::int64_t available, const std::string& what) {
  if (needed <= available) return {};
  constexpr double kGigabyte = 1e9;
  return fail(format("this model and batch need %.1f GB of %s, %.1f GB are free",
                     static_cast<double>(needed) / kGigabyte, what.c_str(),
                     static_cast<double>(available) / kGigabyte),
              "Lower device_batch_size, context or depth, or begin with --preset 10s.");
}

Result<MachineChoice> choose(const MachineOptions& options, int ranks) {
  TRY(const Isa isa, choose_isa(options.isa));
  const std::int64_t share = std::max<std::int64_t>(1, available_cpus() / ranks);
  const std::int64_t threads = options.threads > 0 ? options.threads : share;
  return MachineChoice{static_cast<int>(threads), isa};
}

}  // namespace trainer
