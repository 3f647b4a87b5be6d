#include "trainer/app/cuda_machine.h"

#include "trainer/core/text.h"
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
Result<std::unique_ptr<CudaMachine>> CudaMachine::open(const std::filesystem::path& folder) {
  TRY(auto device, cuda::Device::open(0));
  TRY(auto multiplier,
      cuda::Multiplier::open(*device, folder.empty() ? folder : folder / "products.choices"));
  return std::unique_ptr<CudaMachine>(new CudaMachine(std::move(device), std::move(multiplier)));
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
  return {};
}

std::string CudaMachine::text() const {
  const cuda::DeviceFacts& facts = device_->facts();
  return format("%s, compute %d.%d, %.0f GB, cuda bfloat16", facts.name.c_str(),
                facts.compute_major, facts.compute_minor,
                static_cast<double>(facts.memory_bytes) * 1e-9);
}

double CudaMachine::vram_mb() const {
  return ops_ ? static_cast<double>(ops_->allocated_bytes()) / (1024 * 1024) : 0;
}
#endif

}  // namespace trainer
