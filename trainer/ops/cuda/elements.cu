// What works on one number at a time, and the sum of many.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kTotalThreads = 1024;

Launch by_elements(std::int64_t n) { return {blocks_of(n, kThreads), kThreads}; }

// y += x. <<<n / 256, 256>>>, as all below but total.
__global__ void add_kernel(const Bfloat16* x, Bfloat16* y, std::int64_t n) {
  const std::int64_t i = thread_index();
  if (i < n) y[i] = to_bfloat16(to_float(y[i]) + to_float(x[i]));
}

__global__ void to_values_kernel(const float* from, Bfloat16* to, std::int64_t n) {
  const std::int64_t i = thread_index();
  if (i < n) to[i] = to_bfloat16(from[i]);
}

__global__ void relu_squared_kernel(Bfloat16* x, std::int64_t n) {
  const std::int64_t i = thread_index();
  if (i < n) x[i] = to_bfloat16(trainer::relu_squared(to_float(x[i])));
}

__global__ void relu_squared_slope_kernel(const Bfloat16* a, Bfloat16* dh, std::int64_t n) {
  const std::int64_t i = thread_index();
  if (i < n) dh[i] = to_bfloat16(to_float(dh[i]) * trainer::relu_squared_slope(to_float(a[i])));
}

// In double, in one block, so in one order. <<<1, 1024>>>
__global__ void total_kernel(const float* x, std::int64_t n, double* sum) {
  __shared__ double parts[kTotalThreads];
  double mine = 0;
  for (std::int64_t i = threadIdx.x; i < n; i += kTotalThreads) mine += x[i];
  parts[threadIdx.x] = mine;
  for (unsigned step = kTotalThreads / 2; step > 0; step /= 2) {
    __syncthreads();
    if (threadIdx.x < step) parts[threadIdx.x] += parts[threadIdx.x + step];
  }
  if (threadIdx.x == 0) *sum = parts[0];
}

// AdamW without decay, all in float: 28 bytes a number. Source: Loshchilov and Hutter, 1711.05101.
__global__ void adam_kernel(AdamStep step, AdamArrays arrays) {
  const std::int64_t i = thread_index();
  if (i >= arrays.n) return;
  trainer::adam(step, arrays.gradient[i], arrays.parameter[i], arrays.mean[i], arrays.square[i]);
}

}  // namespace

void add(Stream stream, const Bfloat16* x, Bfloat16* y, std::int64_t n) {
  launch(stream, "add", by_elements(n), add_kernel, x, y, n);
}

void to_values(Stream stream, const float* from, Bfloat16* to, std::int64_t n) {
  launch(stream, "to_values", by_elements(n), to_values_kernel, from, to, n);
}

void relu_squared(Stream stream, Bfloat16* x, std::int64_t n) {
  launch(stream, "relu_squared", by_elements(n), relu_squared_kernel, x, n);
}

void relu_squared_slope(Stream stream, const Bfloat16* a, Bfloat16* dh, std::int64_t n) {
  launch(stream, "relu_squared_slope", by_elements(n), relu_squared_slope_kernel, a, dh, n);
}

void total(Stream stream, const float* x, std::int64_t n, double* sum) {
  launch(stream, "total", {1, kTotalThreads}, total_kernel, x, n, sum);
}

void adam(Stream stream, const AdamStep& step, const AdamArrays& arrays) {
  launch(stream, "adam", by_elements(arrays.n), adam_kernel, step, arrays);
}

}  // namespace trainer::cuda
