// A stable counting sort of a batch's positions by token, in whole numbers, so always the same.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 256;

// counts[share][v]: how often v stands in the share. counts are zero before. <<<shares, 256>>>
__global__ void count_kernel(const Token* tokens, TokenOrder order, std::int32_t* counts) {
  std::int32_t* const mine = counts + blockIdx.x * order.vocabulary;
  const std::int64_t begin = blockIdx.x * kOrderShare;
  for (std::int64_t i = threadIdx.x; i < kOrderShare && begin + i < order.n; i += kThreads) {
    atomicAdd(mine + tokens[begin + i], 1);
  }
}

__global__ void zero_kernel(std::int32_t* counts, std::int64_t n) {
  const std::int64_t i = thread_index();
  if (i < n) counts[i] = 0;
}

// counts[share][v] becomes the number in earlier shares; starts[v + 1] the number in all.
// <<<V / 256, 256>>>
__global__ void add_up_shares_kernel(TokenOrder order, std::int32_t* counts) {
  const std::int64_t v = thread_index();
  if (v >= order.vocabulary) return;
  std::int32_t sum = 0;
  for (std::int64_t share = 0; share < blocks_of(order.n, kOrderShare); ++share) {
    const std::int32_t here = counts[share * order.vocabulary + v];
    counts[share * order.vocabulary + v] = sum;
    sum += here;
  }
  order.starts[v + 1] = sum;
  if (v == 0) order.starts[0] = 0;
}

// starts (V + 1) becomes its running sum; a thread adds up a stretch, the first one the stretches.
// <<<1, 256>>>
__global__ void add_up_starts_kernel(TokenOrder order) {
  __shared__ std::int32_t stretches[kThreads];
  const std::int64_t share = blocks_of(order.vocabulary, kThreads);
  const std::int64_t begin = 1 + threadIdx.x * share;
  const std::int64_t end =
      begin + share < order.vocabulary + 1 ? begin + share : order.vocabulary + 1;
  std::int32_t sum = 0;
  for (std::int64_t i = begin; i < end; ++i) sum += order.starts[i];
  stretches[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    std::int32_t before = 0;
    for (int i = 0; i < kThreads; ++i) {
      const std::int32_t here = stretches[i];
      stretches[i] = before;
      before += here;
    }
  }
  __syncthreads();
  std::int32_t running = stretches[threadIdx.x];
  for (std::int64_t i = begin; i < end; ++i) {
    running += order.starts[i];
    order.starts[i] = running;
  }
}

// One thread a share puts its positions in place, in their order. <<<shares, 1>>>
__global__ void place_kernel(const Token* tokens, TokenOrder order, std::int32_t* counts) {
  std::int32_t* const mine = counts + blockIdx.x * order.vocabulary;
  const std::int64_t begin = blockIdx.x * kOrderShare;
  for (std::int64_t i = begin; i < begin + kOrderShare && i < order.n; ++i) {
    const Token token = tokens[i];
    order.positions[order.starts[token] + mine[token]++] = static_cast<std::int32_t>(i);
  }
}

}  // namespace

void order_tokens(Stream stream, const Token* tokens, const TokenOrder& order,
                  std::int32_t* counts) {
  const std::int64_t shares = blocks_of(order.n, kOrderShare);
  const std::int64_t n = shares * order.vocabulary;
  launch(stream, "zero", {blocks_of(n, kThreads), kThreads}, zero_kernel, counts, n);
  launch(stream, "count", {shares, kThreads}, count_kernel, tokens, order, counts);
  launch(stream, "add_up_shares", {blocks_of(order.vocabulary, kThreads), kThreads},
         add_up_shares_kernel, order, counts);
  launch(stream, "add_up_starts", {1, kThreads}, add_up_starts_kernel, order);
  launch(stream, "place", {shares, 1}, place_kernel, tokens, order, counts);
}

}  // namespace trainer::cuda
