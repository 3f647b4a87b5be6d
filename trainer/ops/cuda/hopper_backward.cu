// attention_backward.cu's formula on Hopper's warpgroups, again once for dq by tiles of queries and
// once for dk and dv by tiles of keys, so that no sum of two blocks meets. A block of two
// warpgroups has 128 rows, 64 each, and goes through tiles of 64 rows of the other side; the next
// tile is copied while this one is multiplied. Source: Shah et al., arXiv 2407.08608.
#include "trainer/ops/cuda/attention_window.h"
#include "trainer/ops/cuda/warpgroup.h"

namespace trainer::cuda {
namespace {

constexpr int kOthers = 64;  // rows of a tile of the other side

// <<<B H ceil(T / 128), 256, 2 tiles of 128 rows and 4 of 64>>>
template <int D>
__global__ void __launch_bounds__(kPairThreads, 1)
    hopper_dq_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients) {
  constexpr int kTileSize = kOthers * D;
  auto* const queries = reinterpret_cast<Bfloat16*>(dynamic_shared());
  Bfloat16* const dy = queries + kPairRows * D;
  Bfloat16* const keys = dy + kPairRows * D;      // two tiles
  Bfloat16* const values = keys + 2 * kTileSize;  // two tiles
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kPairRows - 1) / kPairRows;
  const HeadPlace head = head_place(op, blockIdx.x / tiles);
  const int first = (tiles - 1 - static_cast<int>(blockIdx.x % tiles)) * kPairRows;
  const Window window = {time, static_cast<int>(op.window)};
  const Window::Tiles seen = window.key_tiles(first, kPairRows, kOthers);
  const TileRows k = {op.k + head.split, D, time};
  const TileRows v = {op.v + head.split, D, time};
  load_panels<D, kPairRows>(queries, {op.q + head.split, D, time}, first);
  load_panels<D, kPairRows>(dy, {gradients.dy + head.packed, op.shape.width(), time}, first);
  load_panels<D, kOthers>(keys, k, seen.begin * kOthers);
  load_panels<D, kOthers>(values, v, seen.begin * kOthers);

  const int lane = lane_index();
  const int row = static_cast<int>(threadIdx.x) / kWarp * 16;
  const float scale = 1 / sqrtf(static_cast<float>(D));
  float log_sum[2] = {};
  float delta[2] = {};
  for (int half = 0; half < 2; ++half) {
    const int query = first + row + lane / 4 + 8 * half;
    if (query >= time) continue;
    log_sum[half] = op.log_sum[head.line + query] * kLog2E;
    delta[half] = gradients.delta[head.line + query];
  }
  float dq[D / 8][4] = {};
  for (int tile = seen.begin; tile < seen.end; ++tile) {
    const int now = (tile - seen.begin) % 2 * kTileSize;
    wait_for_copies();
    show_to_tensor_cores();
    __syncthreads();  // the tile is there, and nobody reads the one before it any more
    if (tile + 1 < seen.end) {
      load_panels<D, kOthers>(keys + kTileSize - now, k, (tile + 1) * kOthers);
      load_panels<D, kOthers>(values + kTileSize - now, v, (tile + 1) * kOthers);
    }
    float s[kOthers / 8][4] = {};
    float d[kOthers / 8][4] = {};
    begin_products();
    begin_scores<D, kPairRows, kOthers>(s, queries, row / 64 * 64, keys + now);
    end_products();
    begin_scores<D, kPairRows, kOthers>(d, dy, row / 64 * 64, values + now);
    end_products();
    wait_for<1>(s);
    const bool is_whole = window.all_see(first + row, 16, tile * kOthers, kOthers);
#pragma unroll
    for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int query = first + row + lane / 4 + i / 2 * 8;
        const int key = tile * kOthers + 8 * n + lane % 4 * 2 + i % 2;
        const bool sees = is_whole || window.sees(query, key);
        s[n][i] = sees ? power_of_two(s[n][i] * (scale * kLog2E) - log_sum[i / 2]) : 0.0F;
      }
    }
    wait_for<0>(d);
#pragma unroll
    for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) s[n][i] *= (d[n][i] - delta[i / 2]) * scale;
    }
    std::uint32_t ds[kOthers / 16][4];
    to_left_side<kOthers>(s, ds);
    begin_products();
    begin_weighted<D, kOthers>(dq, ds, keys + now);
    end_products();
    wait_for<0>(dq);
  }
  const float one[2] = {1, 1};
  store_rows<D>(dq, gradients.dq + head.split + static_cast<std::int64_t>(first + row) * D, D,
                time - first - row, one);
}

// The tile's scores lie transposed: keys are rows. Of each query a block keeps its log_sum and its
// delta beside the tiles.
// <<<B H ceil(T / 128), 256, 2 tiles of 128 rows, 4 of 64 and 4 of 64 floats>>>
template <int D>
__global__ void __launch_bounds__(kPairThreads, 1)
    hopper_dkdv_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients) {
  constexpr int kTileSize = kOthers * D;
  auto* const keys = reinterpret_cast<Bfloat16*>(dynamic_shared());
  Bfloat16* const values = keys + kPairRows * D;
  Bfloat16* const queries = values + kPairRows * D;                     // two tiles
  Bfloat16* const dy = queries + 2 * kTileSize;                         // two tiles
  auto* const log_sums = reinterpret_cast<float*>(dy + 2 * kTileSize);  // twice 64
  float* const deltas = log_sums + 2 * kOthers;                         // twice 64
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kPairRows - 1) / kPairRows;
  const HeadPlace head = head_place(op, blockIdx.x / tiles);
  const int first = static_cast<int>(blockIdx.x % tiles) * kPairRows;
  const Window window = {time, static_cast<int>(op.window)};
  const Window::Tiles seen = window.query_tiles(first, kPairRows, kOthers);
  const auto load = [&](int tile) {
    const int at = (tile - seen.begin) % 2;
    load_panels<D, kOthers>(queries + at * kTileSize, {op.q + head.split, D, time}, tile * kOthers);
    load_panels<D, kOthers>(dy + at * kTileSize,
                            {gradients.dy + head.packed, op.shape.width(), time}, tile * kOthers);
    if (threadIdx.x >= kOthers) return;
    const int query = tile * kOthers + static_cast<int>(threadIdx.x);
    const bool is_there = query < time;
    log_sums[at * kOthers + threadIdx.x] = is_there ? op.log_sum[head.line + query] * kLog2E : 0.0F;
    deltas[at * kOthers + threadIdx.x] = is_there ? gradients.delta[head.line + query] : 0.0F;
  };
  load_panels<D, kPairRows>(keys, {op.k + head.split, D, time}, first);
  load_panels<D, kPairRows>(values, {op.v + head.split, D, time}, first);
  load(seen.begin);

  const int lane = lane_index();
  const int row = static_cast<int>(threadIdx.x) / kWarp * 16;
  const int group = row / 64 * 64;  // the warpgroup's first row
  const float scale = 1 / sqrtf(static_cast<float>(D));
  float dk[D / 8][4] = {};
  float dv[D / 8][4] = {};
  for (int tile = seen.begin; tile < seen.end; ++tile) {
    const int at = (tile - seen.begin) % 2;
    const Bfloat16* const q_now = queries + at * kTileSize;
    const Bfloat16* const dy_now = dy + at * kTileSize;
    const float* const log_sum = log_sums + at * kOthers;
    const float* const delta = deltas + at * kOthers;
    wait_for_copies();
    show_to_tensor_cores();
    __syncthreads();  // the tile is there, and nobody reads the one before it any more
    if (tile + 1 < seen.end) load(tile + 1);
    const bool is_before = tile * kOthers + kOthers <= first + group;  // of the warpgroup's keys
    if (is_before || tile * kOthers > first + group + 63 + window.window) continue;
    float p[kOthers / 8][4] = {};
    float d[kOthers / 8][4] = {};
    begin_products();
    begin_scores<D, kPairRows, kOthers>(p, keys, group, q_now);
    end_products();
    begin_scores<D, kPairRows, kOthers>(d, values, group, dy_now);
    end_products();
    wait_for<1>(p);
    const bool is_whole = window.all_see(tile * kOthers, kOthers, first + row, 16);
#pragma unroll
    for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int column = 8 * n + lane % 4 * 2 + i % 2;
        const int key = first + row + lane / 4 + i / 2 * 8;
        const bool sees = is_whole || window.sees(tile * kOthers + column, key);
        p[n][i] = sees ? power_of_two(p[n][i] * (scale * kLog2E) - log_sum[column]) : 0.0F;
      }
    }
    std::uint32_t left[kOthers / 16][4];
    to_left_side<kOthers>(p, left);
    wait_for<0>(d);
    begin_products();
    begin_weighted<D, kOthers>(dv, left, dy_now);
    end_products();
#pragma unroll
    for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        p[n][i] *= (d[n][i] - delta[8 * n + lane % 4 * 2 + i % 2]) * scale;
      }
    }
    std::uint32_t ds[kOthers / 16][4];
    to_left_side<kOthers>(p, ds);
    begin_products();
    begin_weighted<D, kOthers>(dk, ds, q_now);
    end_products();
    wait_for<0>(dv);
    wait_for<0>(dk);
  }
  const float one[2] = {1, 1};
  const std::int64_t to = head.split + static_cast<std::int64_t>(first + row) * D;
  store_rows<D>(dk, gradients.dk + to, D, time - first - row, one);
  store_rows<D>(dv, gradients.dv + to, D, time - first - row, one);
}

template <int D>
void run(Stream stream, const Attention<Bfloat16, float>& op, const AttentionGradients& gradients) {
  const std::int64_t blocks = op.shape.batch * op.shape.heads * blocks_of(op.shape.time, kPairRows);
  constexpr std::int64_t kTiles =
      (2 * kPairRows + 4 * kOthers) * D * static_cast<std::int64_t>(sizeof(Bfloat16));
  constexpr std::int64_t kNumbers = 4 * kOthers * static_cast<std::int64_t>(sizeof(float));
  launch(stream, "attention dq", {blocks, kPairThreads, kTiles}, hopper_dq_kernel<D>, op,
         gradients);
  launch(stream, "attention dk dv", {blocks, kPairThreads, kTiles + kNumbers},
         hopper_dkdv_kernel<D>, op, gradients);
}

}  // namespace

void hopper_attention_backward(Stream stream, const Attention<Bfloat16, float>& op,
                               const AttentionGradients& gradients) {
  op.shape.head_dim == 64 ? run<64>(stream, op, gradients) : run<128>(stream, op, gradients);
}

}  // namespace trainer::cuda
