// attention_forward.cu's formula on Hopper's warpgroups: a block of two has 128 queries, 64 each,
// and goes through the tiles of 128 keys; the next tile is copied while this one is multiplied, and
// one warpgroup's exponentials run beside the other's products. Source: Shah et al., arXiv
// 2407.08608.
// <<<B H ceil(T / 128), 256, 5 tiles>>>
#include "trainer/ops/cuda/attention_window.h"
#include "trainer/ops/cuda/warpgroup.h"

namespace trainer::cuda {
namespace {

constexpr int kKeys = 128;

template <int D>
__global__ void __launch_bounds__(kPairThreads, 1)
    hopper_forward_kernel(Attention<Bfloat16, float> op) {
  constexpr int kTileSize = kKeys * D;
  auto* const queries = reinterpret_cast<Bfloat16*>(dynamic_shared());
  Bfloat16* const keys = queries + kPairRows * D;  // two tiles
  Bfloat16* const values = keys + 2 * kTileSize;   // two tiles
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kPairRows - 1) / kPairRows;
  const HeadPlace head = head_place(op, blockIdx.x / tiles);
  // The last queries see most keys: they begin first.
  const int first = (tiles - 1 - static_cast<int>(blockIdx.x % tiles)) * kPairRows;
  const Window window = {time, static_cast<int>(op.window)};
  const Window::Tiles seen = window.key_tiles(first, kPairRows, kKeys);
  const TileRows k = {op.k + head.split, D, time};
  const TileRows v = {op.v + head.split, D, time};
  load_panels<D, kPairRows>(queries, {op.q + head.split, D, time}, first);
  load_panels<D, kKeys>(keys, k, seen.begin * kKeys);
  load_panels<D, kKeys>(values, v, seen.begin * kKeys);

  const int lane = lane_index();
  const int row = static_cast<int>(threadIdx.x) / kWarp * 16;  // the warp's first in the tile
  const float scale = kLog2E / sqrtf(static_cast<float>(D));
  float o[D / 8][4] = {};
  float sums[2] = {};
  for (int tile = seen.begin; tile < seen.end; ++tile) {
    const int now = (tile - seen.begin) % 2 * kTileSize;
    wait_for_copies();
    show_to_tensor_cores();
    __syncthreads();  // the tile is there, and nobody reads the one before it any more
    if (tile + 1 < seen.end) {
      load_panels<D, kKeys>(keys + kTileSize - now, k, (tile + 1) * kKeys);
      load_panels<D, kKeys>(values + kTileSize - now, v, (tile + 1) * kKeys);
    }
    float s[kKeys / 8][4] = {};
    begin_products();
    begin_scores<D, kPairRows, kKeys>(s, queries, row / 64 * 64, keys + now);
    end_products();
    wait_for<0>(s);
    const bool is_whole = window.all_see(first + row, 16, tile * kKeys, kKeys);
#pragma unroll
    for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int query = first + row + lane / 4 + i / 2 * 8;
        const int key = tile * kKeys + 8 * n + lane % 4 * 2 + i % 2;
        s[n][i] = is_whole || window.sees(query, key) ? power_of_two(s[n][i] * scale) : 0.0F;
        sums[i / 2] += s[n][i];
      }
    }
    std::uint32_t p[kKeys / 16][4];
    to_left_side<kKeys>(s, p);
    begin_products();
    begin_weighted<D, kKeys>(o, p, values + now);
    end_products();
    wait_for<0>(o);
  }

  float factors[2];
  for (int half = 0; half < 2; ++half) {
    sums[half] += __shfl_xor_sync(kAllLanes, sums[half], 1);
    sums[half] += __shfl_xor_sync(kAllLanes, sums[half], 2);
    factors[half] = 1 / sums[half];
    const int query = first + row + lane / 4 + 8 * half;
    if (lane % 4 == 0 && query < time) op.log_sum[head.line + query] = logf(sums[half]);
  }
  Bfloat16* const y = op.y.data + head.packed + (first + row) * op.y.columns;
  store_rows<D>(o, y, op.y.columns, time - first - row, factors);
}

template <int D>
void run(Stream stream, const Attention<Bfloat16, float>& op) {
  const std::int64_t tiles = blocks_of(op.shape.time, kPairRows);
  const Launch shape = {op.shape.batch * op.shape.heads * tiles, kPairThreads,
                        (kPairRows + 4 * kKeys) * D * static_cast<std::int64_t>(sizeof(Bfloat16))};
  launch(stream, "attention", shape, hopper_forward_kernel<D>, op);
}

}  // namespace

void hopper_attention(Stream stream, const Attention<Bfloat16, float>& op) {
  op.shape.head_dim == 64 ? run<64>(stream, op) : run<128>(stream, op);
}

}  // namespace trainer::cuda
