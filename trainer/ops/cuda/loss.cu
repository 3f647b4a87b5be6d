// Softcapped cross-entropy of a chunk of logits that stays in the L2 cache.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 256;

// Of row n with logits z (V): t = tanh(z / cap), loss = log sum exp(cap t) - cap t[target],
// dz = scale (softmax - [target]) (1 - t^2). cap t is at most cap, so no maximum is taken away.
// <<<rows, 256>>>
__global__ void loss_kernel(LossRows op) {
  float* z = op.logits + blockIdx.x * op.vocabulary;
  const std::int64_t target = op.targets[blockIdx.x];
  float sum = 0;
  for (std::int64_t j = threadIdx.x; j < op.vocabulary; j += kThreads) {
    z[j] = trainer::tanh(z[j] / op.cap);
    sum += exponential(z[j] * op.cap);
  }
  sum = block_sum(sum);  // waits for all of z as well
  if (threadIdx.x == 0) {
    op.losses[blockIdx.x] = target < 0 ? 0.0F : logf(sum) - op.cap * z[target];
  }
  if (op.dlogits == nullptr) return;
  const float scale = target < 0 ? 0.0F : op.scale;
  Bfloat16* dz = op.dlogits + blockIdx.x * op.vocabulary;
  for (std::int64_t j = threadIdx.x; j < op.vocabulary; j += kThreads) {
    const float probability = exponential(z[j] * op.cap) / sum;
    dz[j] = to_bfloat16(scale * softcap_gradient(z[j], probability, j == target));
  }
}

}  // namespace

void loss_rows(Stream stream, const LossRows& op) {
  launch(stream, "loss", {op.rows, kThreads}, loss_kernel, op);
}

}  // namespace trainer::cuda
