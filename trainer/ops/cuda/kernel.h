// What kernels are written with: launches, sums over a warp or a block, wide loads. The tests
// compile the same kernels for the CPU (tests/cuda/emulation.h), so nothing else of CUDA is used in
// them but the names that stand there.
//
// Every sum has a fixed order, so a kernel gives the same bits each time.
#pragma once
#if defined(__CUDACC__)
#include <cuda_runtime.h>
#endif

#include "trainer/ops/cuda/bfloat16.h"
#include "trainer/ops/cuda/launchers.h"

namespace trainer::cuda {

inline constexpr int kWarp = 32;
inline constexpr unsigned kAllLanes = 0xFFFFFFFFU;

#if defined(__CUDACC__)
[[noreturn]] void launch_failed(const char* kernel, const char* why);

// One-dimensional; checks the launch. `name` is for the message.
template <class... Parameters, class... Arguments>
void launch(Stream stream, const char* name, Launch shape, void (*kernel)(Parameters...),
            const Arguments&... arguments) {
  if (stream.is_planning || shape.blocks == 0) return;
  if (shape.shared_bytes > 48 * 1024) {
    cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                         static_cast<int>(shape.shared_bytes));
  }
  kernel<<<static_cast<unsigned>(shape.blocks), static_cast<unsigned>(shape.threads),
           static_cast<std::size_t>(shape.shared_bytes), stream.handle>>>(arguments...);
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) launch_failed(name, cudaGetErrorString(error));
}

__device__ __forceinline__ unsigned shared_address(const void* memory) {
  return static_cast<unsigned>(__cvta_generic_to_shared(memory));
}
__device__ __forceinline__ char* dynamic_shared() {
  extern __shared__ __align__(1024) char memory[];
  return memory;
}
#endif

TRAINER_ROW std::int64_t blocks_of(std::int64_t n, std::int64_t share) {
  return (n + share - 1) / share;
}

__device__ __forceinline__ float warp_sum(float x) {
  for (int step = kWarp / 2; step > 0; step /= 2) x += __shfl_xor_sync(kAllLanes, x, step);
  return x;
}

// The sum over a block of at most 1,024 threads, in every one of them.
__device__ __forceinline__ float block_sum(float x) {
  __shared__ float warps[kWarp];
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  x = warp_sum(x);
  __syncthreads();  // the sum before this one is read
  if (lane == 0) warps[warp] = x;
  __syncthreads();
  return warp_sum(lane < static_cast<int>(blockDim.x) / kWarp ? warps[lane] : 0.0F);
}

// Eight neighbouring numbers, in one access of 16 bytes.
struct alignas(16) Eight {
  Bfloat16 x[8];
};
__device__ __forceinline__ Eight load8(const Bfloat16* from) {
  return *reinterpret_cast<const Eight*>(from);
}
__device__ __forceinline__ void store8(Bfloat16* to, const Eight& eight) {
  *reinterpret_cast<Eight*>(to) = eight;
}
__device__ __forceinline__ void read8(const Bfloat16* from, float (&x)[8]) {
  const Eight eight = load8(from);
  for (int i = 0; i < 8; ++i) x[i] = to_float(eight.x[i]);
}
__device__ __forceinline__ void write8(Bfloat16* to, const float (&x)[8]) {
  Eight eight;
  for (int i = 0; i < 8; ++i) eight.x[i] = to_bfloat16(x[i]);
  store8(to, eight);
}
struct alignas(16) Four {
  float x[4];
};
__device__ __forceinline__ Four load4(const float* from) {
  return *reinterpret_cast<const Four*>(from);
}
struct alignas(4) Two {
  Bfloat16 x[2];
};

// The row that this warp works on, in a grid of blocks of kRowThreads.
inline constexpr int kRowThreads = 256;
inline constexpr int kRowsPerBlock = kRowThreads / kWarp;
__device__ __forceinline__ std::int64_t warp_index() {
  return static_cast<std::int64_t>(blockIdx.x) * (static_cast<int>(blockDim.x) / kWarp) +
         static_cast<int>(threadIdx.x) / kWarp;
}
__device__ __forceinline__ int lane_index() { return static_cast<int>(threadIdx.x) % kWarp; }
__device__ __forceinline__ std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

}  // namespace trainer::cuda
