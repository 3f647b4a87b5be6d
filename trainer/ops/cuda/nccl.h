// NCCL: sums over GPUs, one process each. The library is opened when it is needed.
#pragma once
#include <array>
#include <memory>
#include <span>

#include "trainer/core/result.h"
#include "trainer/ops/cuda/device.h"

namespace trainer::cuda {

// What the ranks of one world have in common: rank 0 makes it, the others are told.
struct NcclId {
  std::array<char, 128> bytes{};
};

class Nccl {
 public:
  // Refuses where there is no NCCL 2.
  static Result<NcclId> make_id();
  // Returns once all ranks have called it. `device` outlives it.
  static Result<std::unique_ptr<Nccl>> open(Device& device, const NcclId& id, int rank, int size);
  ~Nccl();
  Nccl(const Nccl&) = delete;
  Nccl& operator=(const Nccl&) = delete;

  // Over the ranks, in place, beside what the device is asked for from now on.
  void sum(std::span<const std::span<float>> bucket);

 private:
  struct Library;
  Nccl(Device& device, const Library& library) : device_(device), library_(library) {}
  static Result<const Library*> library();

  void check(int status) const;

  Device& device_;
  const Library& library_;
  void* communicator_ = nullptr;
};

}  // namespace trainer::cuda
