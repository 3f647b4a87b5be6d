// attention_forward.cu's formula on Hopper: a block has 128 queries, 64 for each of two warpgroups
// that go through the tiles of keys at their own pace, so that one's exponentials run beside the
// other's products. Source: Shah et al., arXiv 2407.08608.
// <<<B H ceil(T / 128), 384, 1 tile of queries and 2 each of keys and values>>>
#include "trainer/ops/cuda/attention_window.h"
#include "trainer/ops/cuda/matrix_unit.h"
#include "trainer/ops/cuda/warpgroup.h"

namespace trainer::cuda {
namespace {

constexpr int kKeys = 128;
constexpr int kSlots = 2;

template <int D>
struct Shared {
  Bfloat16 queries[kPairRows * D];
  Bfloat16 keys[kSlots][kKeys * D], values[kSlots][kKeys * D];
  Ring<kSlots> ring;
  Barrier own;
};

struct Maps {
  TileMap q, k, v;
};

template <int D>
__device__ __forceinline__ void load(Shared<D>& shared, const Maps& maps, int row, int first,
                                     const Window::Tiles& seen) {
  constexpr int kBytes = 2 * kKeys * D * static_cast<int>(sizeof(Bfloat16));
  const bool asks = lane_index() == 0;
  if (asks) {
    arrive_expecting(shared.own, kPairRows * D * static_cast<int>(sizeof(Bfloat16)));
    load_tile<D, kPairRows>(shared.queries, maps.q, row + first, 0, shared.own);
  }
  Slot<kSlots> slot;
  for (int tile = seen.begin; tile < seen.end; ++tile, slot.advance()) {
    wait(shared.ring.emptied[slot.index], slot.parity ^ 1);
    Barrier& filled = shared.ring.filled[slot.index];
    if (asks) {
      arrive_expecting(filled, kBytes);
      load_tile<D, kKeys>(shared.keys[slot.index], maps.k, row + tile * kKeys, 0, filled);
      load_tile<D, kKeys>(shared.values[slot.index], maps.v, row + tile * kKeys, 0, filled);
    } else {
      arrive(filled);
    }
  }
}

// Scores to their exponentials where a query sees the key, else 0; adds them up by row.
template <bool kIsWhole>
__device__ __forceinline__ void soften(float (&s)[kKeys / 8][4], const Sight& sight, float scale,
                                       float (&sums)[2]) {
#pragma unroll
  for (int n = 0; n < kKeys / 8; ++n) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const bool sees = sight.sees<kIsWhole>(i / 2 * 8, 8 * n + i % 2);
      s[n][i] = sees ? power_of_two(s[n][i] * scale) : 0.0F;
      sums[i / 2] += s[n][i];
    }
  }
}

template <int D>
__global__ void __launch_bounds__(kPairThreads, 1)
    hopper_forward_kernel(Attention<Bfloat16, float> op, const __grid_constant__ Maps maps) {
  auto& shared = *reinterpret_cast<Shared<D>*>(dynamic_shared());
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kPairRows - 1) / kPairRows;
  const HeadPlace head = head_place(op, blockIdx.x / tiles);
  // The last queries see most keys: they begin first.
  const int first = (tiles - 1 - static_cast<int>(blockIdx.x % tiles)) * kPairRows;
  const Window window = {time, static_cast<int>(op.window)};
  const Window::Tiles seen = window.key_tiles(first, kPairRows, kKeys);
  if (threadIdx.x == 0) {
    shared.ring.set_up_all(kPairWarps);
    set_up(shared.own, 1);
    show_barriers();
  }
  __syncthreads();
  const int warp = uniform(static_cast<int>(threadIdx.x) / kWarp);
  if (warp >= kPairWarps) {
    give_registers();
    if (warp > kPairWarps) return;
    load(shared, maps, static_cast<int>(head.line), first, seen);
    return;
  }
  take_registers();

  const int lane = lane_index();
  const int row = warp * 16;  // the warp's first in the tile
  const int query = first + row + lane / 4;
  const float scale = kLog2E / sqrtf(static_cast<float>(D));
  float o[D / 8][4] = {};
  float sums[2] = {};
  wait(shared.own, 0);
  Slot<kSlots> slot;
  for (int tile = seen.begin; tile < seen.end; ++tile, slot.advance()) {
    wait(shared.ring.filled[slot.index], slot.parity);
    float s[kKeys / 8][4];
    begin_products();
    begin_scores<D, kPairRows, kKeys>(s, shared.queries, row / 64 * 64, shared.keys[slot.index]);
    end_products();
    wait_for<0>(s);
    const Sight sight = {window, query, tile * kKeys + lane % 4 * 2};
    if (window.all_see(first + row, 16, tile * kKeys, kKeys)) {
      soften<true>(s, sight, scale, sums);
    } else {
      soften<false>(s, sight, scale, sums);
    }
    std::uint32_t p[kKeys / 16][4];
    to_left_side<kKeys>(s, p);
    begin_products();
    begin_weighted<D, kKeys>(o, p, shared.values[slot.index]);
    end_products();
    wait_for<0>(o);
    if (lane == 0) arrive(shared.ring.emptied[slot.index]);
  }

  float factors[2];
  for (int half = 0; half < 2; ++half) {
    sums[half] += __shfl_xor_sync(kAllLanes, sums[half], 1);
    sums[half] += __shfl_xor_sync(kAllLanes, sums[half], 2);
    factors[half] = 1 / sums[half];
    const int line = query + 8 * half;
    if (lane % 4 == 0 && line < time) op.log_sum[head.line + line] = logf(sums[half]);
  }
  Bfloat16* const y = op.y.data + head.packed + (first + row) * op.y.columns;
  store_rows<D>(o, y, op.y.columns, time - first - row, factors);
}

template <int D>
void run(Stream stream, const Attention<Bfloat16, float>& op) {
  const std::int64_t heads = op.shape.batch * op.shape.heads;
  const Launch shape = {heads * blocks_of(op.shape.time, kPairRows), kPairThreads,
                        static_cast<std::int64_t>(sizeof(Shared<D>))};
  if (stream.is_planning) return;
  const auto map = [&](const Bfloat16* from, int rows) {
    return tile_map(from, heads * op.shape.time, D, D, rows);
  };
  const Maps maps = {map(op.q, kPairRows), map(op.k, kKeys), map(op.v, kKeys)};
  launch(stream, "attention", shape, hopper_forward_kernel<D>, op, maps);
}

}  // namespace

void hopper_attention(Stream stream, const Attention<Bfloat16, float>& op) {
  op.shape.head_dim == 64 ? run<64>(stream, op) : run<128>(stream, op);
}

}  // namespace trainer::cuda
