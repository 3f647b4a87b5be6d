// Softcapped cross-entropy of a chunk of logits.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kHeld = 4;  // groups of eight logits that a thread keeps: V up to 8,192

__device__ __forceinline__ void read_eight(const Bfloat16* from, float (&x)[8]) { read8(from, x); }
__device__ __forceinline__ void read_eight(const float* from, float (&x)[8]) {
  for (int half = 0; half < 2; ++half) {
    const Four four = load4(from + 4 * half);
    for (int i = 0; i < 4; ++i) x[4 * half + i] = four.x[i];
  }
}

__device__ __forceinline__ float to_float(float x) { return x; }
using trainer::to_float;

// t = tanh(z / cap) of eight logits; returns the sum of exp(cap t). cap t is at most cap, so no
// maximum is taken away.
template <class Logit>
__device__ __forceinline__ float soften(const Logit* z, float cap, float (&t)[8]) {
  read_eight(z, t);
  const float inverse = 1 / cap;
  float sum = 0;
  for (int i = 0; i < 8; ++i) {
    t[i] = trainer::tanh(t[i] * inverse);
    sum += exponential(t[i] * cap);
  }
  return sum;
}

__device__ __forceinline__ void write_gradient(const LossRows& op, const float (&t)[8], float sum,
                                               std::int64_t j, Bfloat16* z) {
  const std::int64_t target = op.targets[blockIdx.x];
  const float scale = target < 0 ? 0.0F : op.scale;
  const float inverse = 1 / sum;
  float dz[8];
  for (int i = 0; i < 8; ++i) {
    const float probability = exponential(t[i] * op.cap) * inverse;
    dz[i] = scale * softcap_gradient(t[i], probability, j + i == target);
  }
  write8(z, dz);
}

template <class Logit>
__device__ __forceinline__ void write_loss(const LossRows& op, const Logit* z, float sum) {
  const std::int64_t target = op.targets[blockIdx.x];
  const float t = target < 0 ? 0.0F : trainer::tanh(to_float(z[target]) / op.cap);
  op.losses[blockIdx.x] = target < 0 ? 0.0F : logf(sum) - op.cap * t;
}

// loss = log sum exp(cap t) - cap t[target]. <<<rows, 256>>>
__global__ void loss_kernel(LossRows op, const float* logits) {
  const float* const z = logits + blockIdx.x * op.vocabulary;
  float sum = 0;
  for (std::int64_t j = 8 * threadIdx.x; j < op.vocabulary; j += 8 * kThreads) {
    float t[8];
    sum += soften(z + j, op.cap, t);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) write_loss(op, z, sum);
}

// The same, and dz = scale (softmax - [target]) (1 - t^2) in the logits' place. <<<rows, 256>>>
__global__ void loss_backward_kernel(LossRows op, Bfloat16* logits) {
  Bfloat16* const z = logits + blockIdx.x * op.vocabulary;
  float held[kHeld][8];
  float sum = 0;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    const std::int64_t j = 8 * (threadIdx.x + k * kThreads);
    if (j < op.vocabulary) sum += soften(z + j, op.cap, held[k]);
  }
  float t[8];
  const std::int64_t rest = 8 * (threadIdx.x + kHeld * kThreads);
  for (std::int64_t j = rest; j < op.vocabulary; j += 8 * kThreads) {
    sum += soften(z + j, op.cap, t);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) write_loss(op, z, sum);
  __syncthreads();  // the target's logit is read
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    const std::int64_t j = 8 * (threadIdx.x + k * kThreads);
    if (j < op.vocabulary) write_gradient(op, held[k], sum, j, z + j);
  }
  for (std::int64_t j = rest; j < op.vocabulary; j += 8 * kThreads) {
    soften(z + j, op.cap, t);
    write_gradient(op, t, sum, j, z + j);
  }
}

}  // namespace

void loss_rows(Stream stream, const LossRows& op, const float* logits) {
  launch(stream, "loss", {op.rows, kThreads}, loss_kernel, op, logits);
}

void loss_rows_backward(Stream stream, const LossRows& op, Bfloat16* logits) {
  launch(stream, "loss gradient", {op.rows, kThreads}, loss_backward_kernel, op, logits);
}

}  // namespace trainer::cuda
