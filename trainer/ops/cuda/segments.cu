// Gradients of embeddings: for each token the sum of its positions' rows, in their order and
// without atomics. A block sums the runs of equal tokens within a tile of positions. A run that
// lies in one tile is added to the gradient at once; of one that goes on beyond it the tile keeps
// what it has, as its head (the run began earlier) or its tail (it begins here), and a second
// kernel adds tail, head, head ... up.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 64;  // eight columns each

struct Sum {
  float x[8] = {};
};

__device__ __forceinline__ void add_row(const EmbedGradient& rows, std::int64_t n, std::int64_t c,
                                        Sum& sum) {
  const std::int64_t at = n * rows.y.columns + c;
  const float mean = rows.means[n];
  const float inverse = rows.inverse[n];
  float y[8];
  float dy[8];
  read8(rows.y.data + at, y);
  read8(rows.dy.data + at, dy);
  for (int i = 0; i < 8; ++i) sum.x[i] += norm_gradient(y[i], dy[i], mean, inverse);
}
__device__ __forceinline__ void add_row(const ValueGradient& rows, std::int64_t n, std::int64_t c,
                                        Sum& sum) {
  const HeadShape& shape = rows.shape;
  const auto time = static_cast<unsigned>(shape.time);
  const auto token = static_cast<unsigned>(n);
  const auto head_dim = static_cast<unsigned>(shape.head_dim);
  const unsigned h = static_cast<unsigned>(c) / head_dim;
  const std::int64_t split =
      ((token / time * shape.heads + h) * shape.time + token % time) * shape.head_dim;
  const float gate = to_float(rows.gates[n * shape.heads + h]);
  float dv[8];
  read8(rows.dv + split + static_cast<unsigned>(c) % head_dim, dv);
  for (int i = 0; i < 8; ++i) sum.x[i] += gate * dv[i];
}

__device__ __forceinline__ void add_to(float* to, const Sum& sum) {
  for (int i = 0; i < 8; ++i) to[i] += sum.x[i];
}
__device__ __forceinline__ void put(float* to, const Sum& sum) {
  for (int i = 0; i < 8; ++i) to[i] = sum.x[i];
}

// The token of place i in the order: the last v with starts[v] <= i.
__device__ __forceinline__ std::int64_t token_at(const TokenOrder& order, std::int64_t i) {
  std::int64_t low = 0;
  std::int64_t high = order.vocabulary;
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    (order.starts[middle] <= i ? low : high) = middle;
  }
  return low;
}

// gradient (V, C), partial (tiles, 2, C): head and tail. <<<N / 32, 64>>>
template <class Rows>
__global__ void tile_kernel(TokenOrder order, Rows rows, Masters gradient, float* partial) {
  const std::int64_t columns = gradient.columns;
  const std::int64_t begin = blockIdx.x * kTile;
  const std::int64_t end = begin + kTile < order.n ? begin + kTile : order.n;
  std::int64_t token = token_at(order, begin);
  for (std::int64_t i = begin; i < end; ++token) {
    const std::int64_t run_begin = order.starts[token];
    const std::int64_t run_end = order.starts[token + 1];
    const std::int64_t stop = run_end < end ? run_end : end;
    for (std::int64_t c = 8 * threadIdx.x; c < columns; c += 8 * kThreads) {
      Sum sum;
      for (std::int64_t at = i; at < stop; ++at) add_row(rows, order.positions[at], c, sum);
      if (run_begin < begin) {
        put(partial + 2 * blockIdx.x * columns + c, sum);
      } else if (run_end > end) {
        put(partial + (2 * blockIdx.x + 1) * columns + c, sum);
      } else if (run_begin < run_end) {
        add_to(gradient.data + token * columns + c, sum);
      }
    }
    i = stop;
  }
}

// <<<V, 64>>>
__global__ void join_kernel(TokenOrder order, Masters gradient, const float* partial) {
  const std::int64_t columns = gradient.columns;
  const std::int64_t begin = order.starts[blockIdx.x];
  const std::int64_t end = order.starts[blockIdx.x + 1];
  const std::int64_t first = begin / kTile;
  const std::int64_t last = (end - 1) / kTile;
  if (begin == end || first == last) return;
  for (std::int64_t c = threadIdx.x; c < columns; c += kThreads) {
    float sum = partial[(2 * first + 1) * columns + c];
    for (std::int64_t tile = first + 1; tile <= last; ++tile) {
      sum += partial[2 * tile * columns + c];
    }
    gradient.data[blockIdx.x * columns + c] += sum;
  }
}

template <class Rows>
void run(Stream stream, const TokenOrder& order, const Rows& rows, Masters gradient,
         float* partial) {
  launch(stream, "tile", {blocks_of(order.n, kTile), kThreads}, tile_kernel<Rows>, order, rows,
         gradient, partial);
  launch(stream, "join", {order.vocabulary, kThreads}, join_kernel, order, gradient, partial);
}

}  // namespace

void sum_segments(Stream stream, const TokenOrder& order, const EmbedGradient& rows,
                  Masters gradient, float* partial) {
  run(stream, order, rows, gradient, partial);
}

void sum_segments(Stream stream, const TokenOrder& order, const ValueGradient& rows,
                  Masters gradient, float* partial) {
  run(stream, order, rows, gradient, partial);
}

}  // namespace trainer::cuda
