// The gradient of attention. With p = exp(s - log_sum), s = q k^T / sqrt(D), delta = y dy:
//   dv = p^T dy,   ds = p (dy v^T - delta) / sqrt(D),   dq = ds k,   dk = ds^T q.
// p is computed again, once for dq by tiles of queries and once for dk and dv by tiles of keys:
// seven products where five would do, but no sum of two blocks meets, so none needs an atomic. q,
// k, v, dq, dk, dv (B, H, T, D); y, dy (B, T, H D); log_sum, delta (B, H, T). Source: Dao, arXiv
// 2307.08691, algorithm 2.
#include "trainer/ops/cuda/attention_window.h"
#include "trainer/ops/cuda/matrix_unit.h"

namespace trainer::cuda {
namespace {

constexpr int kRows = 64;  // of a block's own tile

// delta = sum y dy over a head's channels. <<<N H / 8, 256>>>
__global__ void delta_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients) {
  const std::int64_t index = warp_index();
  const HeadShape& shape = op.shape;
  if (index >= shape.tokens() * shape.heads) return;
  const std::int64_t t = index % shape.time;
  const HeadPlace place = head_place(op, index / shape.time);
  const std::int64_t at = place.packed + t * shape.width();
  float sum = 0;
  for (std::int64_t j = 2 * lane_index(); j < shape.head_dim; j += 2 * kWarp) {
    const Two y = *reinterpret_cast<const Two*>(op.y.data + at + j);
    const Two dy = *reinterpret_cast<const Two*>(gradients.dy + at + j);
    for (int i = 0; i < 2; ++i) sum += to_float(y.x[i]) * to_float(dy.x[i]);
  }
  sum = warp_sum(sum);
  if (lane_index() == 0) gradients.delta[index] = sum;
}

// <<<B H ceil(T / 64), 128, 4 tiles>>>
template <int D>
__global__ void __launch_bounds__(kTileThreads)
    dq_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients) {
  constexpr int kKeys = 64;
  auto* const queries = reinterpret_cast<Bfloat16*>(dynamic_shared());
  Bfloat16* const dy = queries + kRows * D;
  Bfloat16* const keys = dy + kRows * D;
  Bfloat16* const values = keys + kKeys * D;
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kRows - 1) / kRows;
  const HeadPlace head = head_place(op, blockIdx.x / tiles);
  const int first = (tiles - 1 - static_cast<int>(blockIdx.x % tiles)) * kRows;
  const Window window = {time, static_cast<int>(op.window)};
  load_tile<D, kRows>(queries, {op.q + head.split, D, time}, first);
  load_tile<D, kRows>(dy, {gradients.dy + head.packed, op.shape.width(), time}, first);

  const int lane = lane_index();
  const int row = static_cast<int>(threadIdx.x) / kWarp * 16;
  const float scale = 1 / sqrtf(static_cast<float>(D));
  float log_sum[2] = {};
  float delta[2] = {};
  for (int half = 0; half < 2; ++half) {
    const int query = first + row + lane / 4 + 8 * half;
    if (query >= time) continue;
    log_sum[half] = op.log_sum[head.line + query];
    delta[half] = gradients.delta[head.line + query];
  }
  float dq[D / 8][4] = {};
  const Window::Tiles seen = window.key_tiles(first, kRows, kKeys);
  for (int tile = seen.begin; tile < seen.end; ++tile) {
    __syncthreads();  // nobody reads the tile before any more
    load_tile<D, kKeys>(keys, {op.k + head.split, D, time}, tile * kKeys);
    load_tile<D, kKeys>(values, {op.v + head.split, D, time}, tile * kKeys);
    wait_for_copies();
    __syncthreads();
    float s[kKeys / 8][4] = {};
    float d[kKeys / 8][4] = {};
    multiply_rows<D, kKeys>(s, queries, row, keys);
    multiply_rows<D, kKeys>(d, dy, row, values);
    const bool is_whole = window.all_see(first + row, 16, tile * kKeys, kKeys);
#pragma unroll
    for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int query = first + row + lane / 4 + i / 2 * 8;
        const int key = tile * kKeys + 8 * n + lane % 4 * 2 + i % 2;
        const bool sees = is_whole || window.sees(query, key);
        const float p = sees ? exponential(s[n][i] * scale - log_sum[i / 2]) : 0.0F;
        s[n][i] = p * (d[n][i] - delta[i / 2]) * scale;
      }
    }
    multiply_weights<D, kKeys>(dq, s, keys);
  }
  const float one[2] = {1, 1};
  store_rows<D>(dq, gradients.dq + head.split + static_cast<std::int64_t>(first + row) * D, D,
                time - first - row, one);
}

// The tile's scores lie transposed: keys are rows. Fewer queries at a time where D is large, for
// the registers. <<<B H ceil(T / 64), 128, 2 tiles of keys and 2 of queries>>>
template <int D, int kQueries>
__global__ void __launch_bounds__(kTileThreads)
    dkdv_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients) {
  __shared__ float log_sum[kQueries];
  __shared__ float delta[kQueries];
  auto* const keys = reinterpret_cast<Bfloat16*>(dynamic_shared());
  Bfloat16* const values = keys + kRows * D;
  Bfloat16* const queries = values + kRows * D;
  Bfloat16* const dy = queries + kQueries * D;
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kRows - 1) / kRows;
  const HeadPlace head = head_place(op, blockIdx.x / tiles);
  const int first = static_cast<int>(blockIdx.x % tiles) * kRows;
  const Window window = {time, static_cast<int>(op.window)};
  load_tile<D, kRows>(keys, {op.k + head.split, D, time}, first);
  load_tile<D, kRows>(values, {op.v + head.split, D, time}, first);

  const int lane = lane_index();
  const int row = static_cast<int>(threadIdx.x) / kWarp * 16;
  const float scale = 1 / sqrtf(static_cast<float>(D));
  float dk[D / 8][4] = {};
  float dv[D / 8][4] = {};
  const Window::Tiles seen = window.query_tiles(first, kRows, kQueries);
  for (int tile = seen.begin; tile < seen.end; ++tile) {
    __syncthreads();  // nobody reads the tile before any more
    load_tile<D, kQueries>(queries, {op.q + head.split, D, time}, tile * kQueries);
    load_tile<D, kQueries>(dy, {gradients.dy + head.packed, op.shape.width(), time},
                           tile * kQueries);
    const int mine = tile * kQueries + static_cast<int>(threadIdx.x);
    if (threadIdx.x < kQueries) {
      log_sum[threadIdx.x] = mine < time ? op.log_sum[head.line + mine] : 0.0F;
      delta[threadIdx.x] = mine < time ? gradients.delta[head.line + mine] : 0.0F;
    }
    wait_for_copies();
    __syncthreads();
    float p[kQueries / 8][4] = {};
    float d[kQueries / 8][4] = {};
    multiply_rows<D, kQueries>(p, keys, row, queries);
    multiply_rows<D, kQueries>(d, values, row, dy);
    const bool is_whole = window.all_see(tile * kQueries, kQueries, first + row, 16);
#pragma unroll
    for (int n = 0; n < kQueries / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int column = 8 * n + lane % 4 * 2 + i % 2;
        const int key = first + row + lane / 4 + i / 2 * 8;
        const bool sees = is_whole || window.sees(tile * kQueries + column, key);
        p[n][i] = sees ? exponential(p[n][i] * scale - log_sum[column]) : 0.0F;
        d[n][i] = p[n][i] * (d[n][i] - delta[column]) * scale;
      }
    }
    multiply_weights<D, kQueries>(dv, p, dy);
    multiply_weights<D, kQueries>(dk, d, queries);
  }
  const float one[2] = {1, 1};
  const std::int64_t at = head.split + static_cast<std::int64_t>(first + row) * D;
  store_rows<D>(dk, gradients.dk + at, D, time - first - row, one);
  store_rows<D>(dv, gradients.dv + at, D, time - first - row, one);
}

template <int D, int kQueries>
void run(Stream stream, const Attention<Bfloat16, float>& op, const AttentionGradients& gradients) {
  constexpr std::int64_t kTileBytes = kRows * D * static_cast<std::int64_t>(sizeof(Bfloat16));
  const std::int64_t heads = op.shape.batch * op.shape.heads;
  const std::int64_t blocks = heads * blocks_of(op.shape.time, kRows);
  launch(stream, "attention dq", {blocks, kTileThreads, 4 * kTileBytes}, dq_kernel<D>, op,
         gradients);
  launch(stream, "attention dk dv",
         {blocks, kTileThreads, 2 * kTileBytes + 2 * kTileBytes * kQueries / kRows},
         dkdv_kernel<D, kQueries>, op, gradients);
}

}  // namespace

void attention_backward(Stream stream, const Attention<Bfloat16, float>& op,
                        const AttentionBackward<Bfloat16>& gradient, float* delta) {
  const AttentionGradients gradients = {gradient.dy.data, gradient.dq, gradient.dk, gradient.dv,
                                        delta};
  const std::int64_t lines = op.shape.tokens() * op.shape.heads;
  launch(stream, "attention delta", {blocks_of(lines, kRowsPerBlock), kRowThreads}, delta_kernel,
         op, gradients);
  if (stream.is_hopper) return hopper_attention_backward(stream, op, gradients);
  op.shape.head_dim == 64 ? run<64, 64>(stream, op, gradients)
                          : run<128, 16>(stream, op, gradients);
}

}  // namespace trainer::cuda
