// The machine that a command runs on, with its op set: the CPUs here, a GPU in cuda_machine.h.
// Everything above is a template over the machine.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "trainer/app/run_options.h"
#include "trainer/core/thread_pool.h"
#include "trainer/core/worker.h"
#include "trainer/exchange/buckets.h"
#include "trainer/exchange/world.h"
#include "trainer/ops/cpu/cpu_ops.h"

namespace trainer {

class CpuMachine {
 public:
  using Ops = CpuOps<float>;

  CpuMachine(int threads, Isa isa, World world = {})
      : world_(std::move(world)), isa_(isa), pool_(threads), ops_(pool_, cpu::kernels(isa)) {
    if (world_.size() > 1) exchange_.emplace();
  }
  CpuMachine(const CpuMachine&) = delete;
  CpuMachine& operator=(const CpuMachine&) = delete;

  Ops& ops() { return ops_; }
  const World& world() const { return world_; }
  // Begins to sum a bucket over a world of several, in place, while the ops go on. Nothing of it is
  // to be touched before end_exchange().
  void exchange(Bucket bucket);
  void end_exchange() { exchange_->wait(); }  // of all buckets
  // Before the first use of the ops, as a GPU needs it: here memory comes when it is touched.
  Result<void> reserve(const std::function<void(Ops&)>&) { return {}; }
  // Once everything is allocated and nothing touched, which costs nothing: whether it is there.
  Result<void> check_memory() const;
  std::string text() const;  // "AMD EPYC 9654, 2 threads, avx512-bf16"

  // FLOP/s of this program's own matrix product on data in the caches: what a CPU's peak is taken
  // to be, since its clock is not to be known. Takes some milliseconds.
  double peak_flops();
  double bytes_per_second();  // of memory, by adding up arrays that no cache holds
  double vram_mb() const { return 0; }

 private:
  World world_;
  Isa isa_;
  ThreadPool pool_;
  Ops ops_;
  std::optional<Worker> exchange_;  // it uses what stands above; of a world of several
};

struct MachineChoice {
  int threads;
  Isa isa;
};
// Of `ranks` that share the CPUs, one's.
Result<MachineChoice> choose(const MachineOptions& options, int ranks = 1);

// What is refused where memory is short, before any is taken.
Result<void> check_memory(std::int64_t needed, std::int64_t available, const std::string& what);

}  // namespace trainer
