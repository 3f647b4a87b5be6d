// What works on one number at a time, and the sum of many.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kTotalThreads = 1024;

Launch by_eights(std::int64_t n) { return {blocks_of(n, 8 * kThreads), kThreads}; }

// y = change(y) where a change of eight numbers takes those of `x` as well; the last few one by
// one.
// <<<n / 2048, 256>>>, as all below but total.
template <class Change>
__device__ __forceinline__ void change(const Bfloat16* x, Bfloat16* y, std::int64_t n,
                                       const Change& change_one) {
  const std::int64_t begin = 8 * thread_index();
  if (begin + 8 <= n) {
    const Eight from = load8(x + begin);
    Eight to = load8(y + begin);
    for (int i = 0; i < 8; ++i) {
      to.x[i] = to_bfloat16(change_one(to_float(from.x[i]), to_float(to.x[i])));
    }
    store8(y + begin, to);
  } else {
    for (std::int64_t i = begin; i < n; ++i) {
      y[i] = to_bfloat16(change_one(to_float(x[i]), to_float(y[i])));
    }
  }
}

__global__ void add_kernel(const Bfloat16* x, Bfloat16* y, std::int64_t n) {
  change(x, y, n, [](float from, float to) { return from + to; });
}

__global__ void relu_squared_kernel(Bfloat16* x, std::int64_t n) {
  change(x, x, n, [](float, float h) { return trainer::relu_squared(h); });
}

__global__ void relu_squared_slope_kernel(const Bfloat16* a, Bfloat16* dh, std::int64_t n) {
  change(a, dh, n, [](float from, float to) { return to * trainer::relu_squared_slope(from); });
}

__global__ void to_values_kernel(const float* from, Bfloat16* to, std::int64_t n) {
  const std::int64_t begin = 8 * thread_index();
  if (begin + 8 <= n) {
    const Four a = load4(from + begin);
    const Four b = load4(from + begin + 4);
    Eight out;
    for (int i = 0; i < 4; ++i) {
      out.x[i] = to_bfloat16(a.x[i]);
      out.x[i + 4] = to_bfloat16(b.x[i]);
    }
    store8(to + begin, out);
  } else {
    for (std::int64_t i = begin; i < n; ++i) to[i] = to_bfloat16(from[i]);
  }
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

__device__ __forceinline__ float to_float(float x) { return x; }

// How many numbers are NaN or infinite: then x - x is not 0. Whole numbers, so any order will do.
template <class T>
__global__ void not_finite_kernel(const T* x, std::int64_t n, std::int32_t* count) {
  const std::int64_t begin = 8 * thread_index();
  int mine = 0;
  for (std::int64_t i = begin; i < n && i < begin + 8; ++i) {
    const float number = to_float(x[i]);
    mine += number - number == 0 ? 0 : 1;
  }
  if (mine > 0) atomicAdd(count, mine);
}

// AdamW without decay, all in float: 28 bytes a number. Source: Loshchilov and Hutter, 1711.05101.
// <<<n / 256, 256>>>
__global__ void adam_kernel(AdamStep step, AdamArrays arrays) {
  const std::int64_t i = thread_index();
  if (i >= arrays.n) return;
  trainer::adam(step, arrays.gradient[i], arrays.parameter[i], arrays.mean[i], arrays.square[i]);
}

}  // namespace

void add(Stream stream, const Bfloat16* x, Bfloat16* y, std::int64_t n) {
  launch(stream, "add", by_eights(n), add_kernel, x, y, n);
}

void to_values(Stream stream, const float* from, Bfloat16* to, std::int64_t n) {
  launch(stream, "to_values", by_eights(n), to_values_kernel, from, to, n);
}

void relu_squared(Stream stream, Bfloat16* x, std::int64_t n) {
  launch(stream, "relu_squared", by_eights(n), relu_squared_kernel, x, n);
}

void relu_squared_slope(Stream stream, const Bfloat16* a, Bfloat16* dh, std::int64_t n) {
  launch(stream, "relu_squared_slope", by_eights(n), relu_squared_slope_kernel, a, dh, n);
}

void total(Stream stream, const float* x, std::int64_t n, double* sum) {
  launch(stream, "total", {1, kTotalThreads}, total_kernel, x, n, sum);
}

void not_finite(Stream stream, const float* x, std::int64_t n, std::int32_t* count) {
  launch(stream, "not_finite", by_eights(n), not_finite_kernel<float>, x, n, count);
}

void not_finite(Stream stream, const Bfloat16* x, std::int64_t n, std::int32_t* count) {
  launch(stream, "not_finite", by_eights(n), not_finite_kernel<Bfloat16>, x, n, count);
}

void adam(Stream stream, const AdamStep& step, const AdamArrays& arrays) {
  launch(stream, "adam", {blocks_of(arrays.n, kThreads), kThreads}, adam_kernel, step, arrays);
}

}  // namespace trainer::cuda
