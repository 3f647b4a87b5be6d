#include "trainer/app/cuda_machine.h"

#include <array>

#include "trainer/core/text.h"
#include "trainer/exchange/ranks.h"
#include "trainer/ops/cuda/launchers.h"

namespace trainer {

Result<void> check_for_cuda(const ModelShape& shape) {
  if (!cuda::has_attention(shape.head_dim)) {
    return fail(format("head_dim %lld has no attention kernel on a GPU; 64 and 128 have",
                       static_cast<long long>(shape.head_dim)),
                "Set head_dim to 64 or 128.");
  }
  if (shape.vocabulary % 8 != 0) {
    return fail(format("a vocabulary of %lld tokens is no multiple of 8",
                       static_cast<long long>(shape.vocabulary)),
                "The GPU's matrix products read 16 bytes at a time. Prepare the data with another "
                "--vocabulary.");
  }
  return {};
}

#if defined(TRAINER_HAS_CUDA)
Result<int> gpus() {
  return ask_apart([] { return cuda::Device::count(); });
}

Result<std::unique_ptr<CudaMachine>> CudaMachine::open(const std::filesystem::path& folder,
                                                       const World& world) {
  TRY(auto device, cuda::Device::open(world.rank()));
  TRY(auto multiplier,
      cuda::Multiplier::open(*device, folder.empty() ? folder : folder / "products.choices"));
  std::unique_ptr<CudaMachine> machine(
      new CudaMachine(world, std::move(device), std::move(multiplier)));
  if (world.size() > 1) CHECK_OK(machine->join());
  return machine;
}

Result<void> CudaMachine::join() {
  std::array<char, 128> mine{};
  device_->facts().name.copy(mine.data(), mine.size() - 1);
  const std::array<char, 128> first = world_.of_first(mine);
  if (world_.any(first != mine)) {
    return fail(format("GPU %d is an %s, GPU 0 an %s: a run trains on GPUs of one kind",
                       world_.rank(), mine.data(), first.data()),
                "CUDA_VISIBLE_DEVICES says which ones it may use.");
  }
  Result<cuda::NcclId> id = world_.is_first() ? cuda::Nccl::make_id() : cuda::NcclId{};
  if (world_.any(!id)) {
    return id ? fail("rank 0 could not start NCCL") : Result<void>(std::unexpected(id.error()));
  }
  TRY(nccl_, cuda::Nccl::open(*device_, world_.of_first(*id), world_.rank(), world_.size()));
  return {};
}

Result<void> CudaMachine::reserve(const std::function<void(Ops&)>& use) {
  std::int64_t needed = 0;
  {
    CudaOps planned(*device_, *multiplier_, 0);
    use(planned);
    needed = planned.allocated_bytes();
  }
  CHECK_OK(trainer::check_memory(needed, device_->facts().free_bytes, "GPU memory"));
  ops_.emplace(*device_, *multiplier_, needed);
  if (records_graphs_) ops_->record_graphs();
  return {};
}

std::string CudaMachine::text() const {
  const cuda::DeviceFacts& facts = device_->facts();
  const std::string count = world_.size() > 1 ? format("%d x ", world_.size()) : "";
  return count + format("%s, compute %d.%d, %.0f GB, cuda bfloat16", facts.name.c_str(),
                        facts.compute_major, facts.compute_minor,
                        static_cast<double>(facts.memory_bytes) * 1e-9);
}

double CudaMachine::vram_mb() const {
  return ops_ ? static_cast<double>(ops_->allocated_bytes()) / (1024 * 1024) : 0;
}
#else
Result<int> gpus() { return 1; }
#endif

}  // namespace trainer
