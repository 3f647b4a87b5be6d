// The machine that a command runs on, with its threads and its op set.
#pragma once
#include <string>

#include "trainer/app/run_options.h"
#include "trainer/core/thread_pool.h"
#include "trainer/ops/cpu/cpu_ops.h"

namespace trainer {

class Machine {
 public:
  Machine(int threads, Isa isa) : isa_(isa), pool_(threads), ops_(pool_, cpu::kernels(isa)) {}
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  CpuOps<float>& ops() { return ops_; }
  std::string text() const;  // "AMD EPYC 9654, 2 threads, avx512-bf16"

  // FLOP/s of this program's own matrix product on data in the caches: what a CPU's peak is taken
  // to be, since its clock is not to be known. Takes some milliseconds.
  double measured_peak();

 private:
  Isa isa_;
  ThreadPool pool_;
  CpuOps<float> ops_;
};

struct MachineChoice {
  int threads;
  Isa isa;
};
Result<MachineChoice> choose(const MachineOptions& options);

}  // namespace trainer
