#include "trainer/app/machine.h"

#include <algorithm>
#include <fstream>
#include <vector>

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

std::string Machine::text() const {
  return format("%s, %d threads, %s", cpu_name().c_str(), pool_.threads(),
                std::string(name(isa_)).c_str());
}

double Machine::measured_peak() {
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

Result<MachineChoice> choose(const MachineOptions& options) {
  TRY(const Isa isa, choose_isa(options.isa));
  const std::int64_t threads = options.threads > 0 ? options.threads : available_cpus();
  return MachineChoice{static_cast<int>(threads), isa};
}

}  // namespace trainer
