// A GPU as a machine, and the choice between it and the CPUs. Without CUDA in the build there is
// only the refusal.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "trainer/app/machine.h"

#if defined(TRAINER_HAS_CUDA)
#include "trainer/ops/cuda/cuda_ops.h"
#include "trainer/ops/cuda/nccl.h"
#endif

namespace trainer {

#if defined(TRAINER_HAS_CUDA)
class CudaMachine {
 public:
  using Ops = CudaOps;

  // `folder`: for the choices of matrix products, beside the data; empty: none are kept. Each rank
  // of a world has the GPU of its number, and all GPUs are of one kind.
  static Result<std::unique_ptr<CudaMachine>> open(const std::filesystem::path& folder,
                                                   const World& world);

  // Of the ops that reserve() makes.
  void record_graphs() { records_graphs_ = true; }

  Ops& ops() { return *ops_; }
  const World& world() const { return world_; }
  // As CpuMachine's; the numbers are the device's.
  void exchange(const Bucket& bucket) { nccl_->sum(bucket); }
  void end_exchange() { device_->wait_beside(); }
  // Takes what use() asks of an op set that only counts; refuses when it is not there.
  Result<void> reserve(const std::function<void(Ops&)>& use);
  Result<void> check_memory() const { return {}; }  // reserve() did
  std::string text() const;
  double peak_flops() const { return device_->facts().peak_flops; }
  double bytes_per_second() const { return device_->facts().bytes_per_second; }
  double vram_mb() const;

 private:
  CudaMachine(World world, std::unique_ptr<cuda::Device> device,
              std::unique_ptr<cuda::Multiplier> multiplier)
      : world_(std::move(world)), device_(std::move(device)), multiplier_(std::move(multiplier)) {}
  Result<void> join();

  World world_;
  std::unique_ptr<cuda::Device> device_;
  std::unique_ptr<cuda::Multiplier> multiplier_;
  std::unique_ptr<cuda::Nccl> nccl_;  // of a world of several
  bool records_graphs_ = false;
  std::optional<CudaOps> ops_;
};
#endif

// How many GPUs this process may use. Asked in a process of its own: one that has touched a GPU
// cannot become several.
Result<int> gpus();

// Refuses what the GPU's kernels cannot do.
Result<void> check_for_cuda(const ModelShape& shape);

// Calls run(machine) with the machine that the options name, a rank of `world`.
template <class Run>
Result<int> on_machine(const MachineOptions& options,
                       [[maybe_unused]] const std::filesystem::path& folder, const World& world,
                       const Run& run) {
  if (options.device == "cuda") {
#if defined(TRAINER_HAS_CUDA)
    TRY(const auto machine, CudaMachine::open(folder, world));
    if (options.graphs) machine->record_graphs();
    return run(*machine);
#else
    return fail("this pawl-train was built without CUDA",
                "Build it where nvcc is on PATH, or train with --device cpu.");
#endif
  }
  if (options.graphs)
    return fail("graphs are a GPU's", "Leave --graphs out, or train with --device cuda.");
  TRY(const MachineChoice choice, choose(options, world.size()));
  CpuMachine machine(choice.threads, choice.isa, world);
  return run(machine);
}

}  // namespace trainer
