// y = softmax(q k^T / sqrt(D)) v over the keys that each query sees, and the log of the softmax's
// denominator. |q| = |k| = sqrt(D), so a score is at most sqrt(D) and no maximum is taken away.
// q, k, v (B, H, T, D); y (B, T, H D); log_sum (B, H, T). Source: Dao, arXiv 2307.08691.
//
// A block of four warps has 64 queries, 16 a warp, and goes through the tiles of 64 keys; the next
// tile is copied while this one is multiplied. <<<B H ceil(T / 64), 128, 5 tiles>>>
#include "trainer/ops/cuda/attention_window.h"
#include "trainer/ops/cuda/matrix_unit.h"

namespace trainer::cuda {
namespace {

constexpr int kQueries = 64;
constexpr int kKeys = 64;

// Scores to their exponentials where a query sees the key, else 0; adds them up by row.
__device__ __forceinline__ void soften(float (&s)[kKeys / 8][4], const Window& window, int query,
                                       int key, float (&sums)[2]) {
  const bool is_whole = window.all_see(query, 16, key, kKeys);
  const int lane = lane_index();
#pragma unroll
  for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = query + lane / 4 + i / 2 * 8;
      const int column = key + 8 * n + lane % 4 * 2 + i % 2;
      s[n][i] = is_whole || window.sees(row, column) ? exponential(s[n][i]) : 0.0F;
      sums[i / 2] += s[n][i];
    }
  }
}

template <int D>
__global__ void __launch_bounds__(kTileThreads, D == 64 ? 3 : 2)
    forward_kernel(Attention<Bfloat16, float> op) {
  constexpr int kTileSize = kKeys * D;
  auto* const queries = reinterpret_cast<Bfloat16*>(dynamic_shared());
  Bfloat16* const keys = queries + kTileSize;     // two tiles
  Bfloat16* const values = keys + 2 * kTileSize;  // two tiles
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kQueries - 1) / kQueries;
  const std::int64_t head = blockIdx.x / tiles;
  // The last queries see most keys: they begin first.
  const int first = (tiles - 1 - static_cast<int>(blockIdx.x % tiles)) * kQueries;
  const Window window = {time, static_cast<int>(op.window)};
  const Window::Tiles seen = window.key_tiles(first, kQueries, kKeys);
  const std::int64_t at = head * time * D;
  const TileRows k = {op.k + at, D, time};
  const TileRows v = {op.v + at, D, time};
  load_tile<D, kQueries>(queries, {op.q + at, D, time}, first);
  load_tile<D, kKeys>(keys, k, seen.begin * kKeys);
  load_tile<D, kKeys>(values, v, seen.begin * kKeys);

  const int row = static_cast<int>(threadIdx.x) / kWarp * 16;
  const float scale = 1 / sqrtf(static_cast<float>(D));
  float o[D / 8][4] = {};
  float sums[2] = {};
  for (int tile = seen.begin; tile < seen.end; ++tile) {
    const int now = (tile - seen.begin) % 2 * kTileSize;
    wait_for_copies();
    __syncthreads();  // the tile is there, and nobody reads the one before it any more
    if (tile + 1 < seen.end) {
      load_tile<D, kKeys>(keys + kTileSize - now, k, (tile + 1) * kKeys);
      load_tile<D, kKeys>(values + kTileSize - now, v, (tile + 1) * kKeys);
    }
    float s[kKeys / 8][4] = {};
    multiply_rows<D, kKeys>(s, queries, row, keys + now);
#pragma unroll
    for (int n = 0; n < kKeys / 8; ++n) {
      for (int i = 0; i < 4; ++i) s[n][i] *= scale;
    }
    soften(s, window, first + row, tile * kKeys, sums);
    multiply_weights<D, kKeys>(o, s, values + now);
  }

  float factors[2];
  for (int half = 0; half < 2; ++half) {
    sums[half] += __shfl_xor_sync(kAllLanes, sums[half], 1);
    sums[half] += __shfl_xor_sync(kAllLanes, sums[half], 2);
    factors[half] = 1 / sums[half];
    const int query = first + row + lane_index() / 4 + 8 * half;
    if (lane_index() % 4 == 0 && query < time) op.log_sum[head * time + query] = logf(sums[half]);
  }
  Bfloat16* const y = op.y.data + (head / op.shape.heads * time + first + row) * op.y.columns +
                      head % op.shape.heads * D;
  store_rows<D>(o, y, op.y.columns, time - first - row, factors);
}

template <int D>
void run(Stream stream, const Attention<Bfloat16, float>& op) {
  const std::int64_t tiles = blocks_of(op.shape.time, kQueries);
  const Launch shape = {op.shape.batch * op.shape.heads * tiles, kTileThreads,
                        5 * kKeys * D * static_cast<std::int64_t>(sizeof(Bfloat16))};
  launch(stream, "attention", shape, forward_kernel<D>, op);
}

}  // namespace

void attention(Stream stream, const Attention<Bfloat16, float>& op) {
  if (stream.is_hopper) return hopper_attention(stream, op);
  op.shape.head_dim == 64 ? run<64>(stream, op) : run<128>(stream, op);
}

}  // namespace trainer::cuda
