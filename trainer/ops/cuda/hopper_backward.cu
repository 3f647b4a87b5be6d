// attention_backward.cu's formula on Hopper, again once for dq by tiles of queries and once for dk
// and dv by tiles of keys, so that no sum of two blocks meets. A block has 128 rows, 64 for each of
// two warpgroups that go through tiles of 64 rows of the other side at their own pace. Source: Shah
// et al., arXiv 2407.08608.
#include "trainer/ops/cuda/attention_window.h"
#include "trainer/ops/cuda/matrix_unit.h"
#include "trainer/ops/cuda/warpgroup.h"

namespace trainer::cuda {
namespace {

constexpr int kOthers = 64;  // rows of a tile of the other side
constexpr int kSlots = 3;

// Two tiles of the block's own rows, and pairs of tiles of the other side with two numbers a row.
template <int D>
struct Shared {
  Bfloat16 own_first[kPairRows * D], own_second[kPairRows * D];
  Bfloat16 first[kSlots][kOthers * D], second[kSlots][kOthers * D];
  float log_sum[kSlots][kOthers], delta[kSlots][kOthers];
  Ring<kSlots> ring;
  Barrier own;
};

struct Maps {
  TileMap own_first, own_second, first, second;
};
// Where the tiles of one head begin: rows, and the column in the second of each pair.
struct Corner {
  int row, second_row, second_column;
};

template <int D>
__device__ __forceinline__ void set_up_all(Shared<D>& shared) {
  if (threadIdx.x == 0) {
    shared.ring.set_up_all(kPairWarps);
    set_up(shared.own, 1);
    show_barriers();
  }
  __syncthreads();
}

template <int D>
__device__ __forceinline__ void load_own(Shared<D>& shared, const Maps& maps, const Corner& at) {
  if (lane_index() != 0) return;
  arrive_expecting(shared.own, 2 * kPairRows * D * static_cast<int>(sizeof(Bfloat16)));
  load_tile<D, kPairRows>(shared.own_first, maps.own_first, at.row, 0, shared.own);
  load_tile<D, kPairRows>(shared.own_second, maps.own_second, at.second_row, at.second_column,
                          shared.own);
}

template <int D>
__device__ __forceinline__ void load_others(Shared<D>& shared, const Maps& maps, int slot,
                                            const Corner& at) {
  Barrier& filled = shared.ring.filled[slot];
  if (lane_index() != 0) {
    arrive(filled);
    return;
  }
  arrive_expecting(filled, 2 * kOthers * D * static_cast<int>(sizeof(Bfloat16)));
  load_tile<D, kOthers>(shared.first[slot], maps.first, at.row, 0, filled);
  load_tile<D, kOthers>(shared.second[slot], maps.second, at.second_row, at.second_column, filled);
}

// The place of a head's dy, which lies in (B, T, H D).
__device__ __forceinline__ Corner corner_of(const Attention<Bfloat16, float>& op,
                                            const HeadPlace& head, int row) {
  const HeadShape& shape = op.shape;
  return {static_cast<int>(head.line) + row,
          static_cast<int>(head.index / shape.heads * shape.time) + row,
          static_cast<int>(head.index % shape.heads * shape.head_dim)};
}

// What a block works on: rows first .. first + 127 of a head, and the tiles of the others.
struct Block {
  HeadPlace head;
  Window window;
  int first;
  Window::Tiles seen;
};
__device__ __forceinline__ Block block_of(const Attention<Bfloat16, float>& op, bool of_queries) {
  const int time = static_cast<int>(op.shape.time);
  const int tiles = (time + kPairRows - 1) / kPairRows;
  const int tile = static_cast<int>(blockIdx.x % tiles);
  // Those that meet most of the others begin first.
  const int first = (of_queries ? tiles - 1 - tile : tile) * kPairRows;
  const Window window = {time, static_cast<int>(op.window)};
  return {head_place(op, blockIdx.x / tiles), window, first,
          of_queries ? window.key_tiles(first, kPairRows, kOthers)
                     : window.query_tiles(first, kPairRows, kOthers)};
}

// own: q and dy; others: k and v.
template <int D>
__device__ __forceinline__ void load_for_queries(Shared<D>& shared, const Maps& maps,
                                                 const Attention<Bfloat16, float>& op,
                                                 const Block& block) {
  load_own(shared, maps, corner_of(op, block.head, block.first));
  Slot<kSlots> slot;
  for (int tile = block.seen.begin; tile < block.seen.end; ++tile, slot.advance()) {
    wait(shared.ring.emptied[slot.index], slot.parity ^ 1);
    const int row = static_cast<int>(block.head.line) + tile * kOthers;
    load_others(shared, maps, slot.index, {row, row, 0});
  }
}

// own: k and v; others: q and dy, with the queries' log_sum and delta.
template <int D>
__device__ __forceinline__ void load_for_keys(Shared<D>& shared, const Maps& maps,
                                              const Attention<Bfloat16, float>& op,
                                              const float* deltas, const Block& block) {
  const HeadPlace& head = block.head;
  const float scale = 1 / sqrtf(static_cast<float>(D));
  const int own = static_cast<int>(head.line) + block.first;
  load_own(shared, maps, {own, own, 0});
  Slot<kSlots> slot;
  for (int tile = block.seen.begin; tile < block.seen.end; ++tile, slot.advance()) {
    wait(shared.ring.emptied[slot.index], slot.parity ^ 1);
    for (int i = lane_index(); i < kOthers; i += kWarp) {
      const int query = tile * kOthers + i;
      const bool is_there = query < block.window.time;
      shared.log_sum[slot.index][i] = is_there ? op.log_sum[head.line + query] * kLog2E : 0.0F;
      shared.delta[slot.index][i] = is_there ? deltas[head.line + query] * scale : 0.0F;
    }
    load_others(shared, maps, slot.index, corner_of(op, head, tile * kOthers));
  }
}

// p = exp(s - log_sum) where a query sees the key, in powers of two.
template <bool kIsWhole>
__device__ __forceinline__ void soften_rows(float (&s)[kOthers / 8][4], const Sight& sight,
                                            float scale, const float (&log_sum)[2]) {
#pragma unroll
  for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const bool sees = sight.sees<kIsWhole>(i / 2 * 8, 8 * n + i % 2);
      s[n][i] = sees ? power_of_two(s[n][i] * scale - log_sum[i / 2]) : 0.0F;
    }
  }
}

// <<<B H ceil(T / 128), 384, Shared>>>
template <int D>
__global__ void __launch_bounds__(kPairThreads, 1)
    hopper_dq_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients,
                     const __grid_constant__ Maps maps) {
  auto& shared = *reinterpret_cast<Shared<D>*>(dynamic_shared());
  const Block block = block_of(op, true);
  const auto& [head, window, first, seen] = block;
  set_up_all(shared);
  const int warp = uniform(static_cast<int>(threadIdx.x) / kWarp);
  if (warp >= kPairWarps) {
    give_registers();
    if (warp == kPairWarps) load_for_queries(shared, maps, op, block);
    return;
  }
  take_registers();

  const int lane = lane_index();
  const int row = warp * 16;
  const int query = first + row + lane / 4;
  const float scale = 1 / sqrtf(static_cast<float>(D));
  float log_sum[2] = {};
  float delta[2] = {};  // times scale
  for (int half = 0; half < 2; ++half) {
    if (query + 8 * half >= window.time) continue;
    log_sum[half] = op.log_sum[head.line + query + 8 * half] * kLog2E;
    delta[half] = gradients.delta[head.line + query + 8 * half] * scale;
  }
  float dq[D / 8][4] = {};
  wait(shared.own, 0);
  Slot<kSlots> slot;
  for (int tile = seen.begin; tile < seen.end; ++tile, slot.advance()) {
    wait(shared.ring.filled[slot.index], slot.parity);
    float s[kOthers / 8][4];
    float d[kOthers / 8][4];
    begin_products();
    begin_scores<D, kPairRows, kOthers>(s, shared.own_first, row / 64 * 64,
                                        shared.first[slot.index]);
    end_products();
    begin_scores<D, kPairRows, kOthers>(d, shared.own_second, row / 64 * 64,
                                        shared.second[slot.index]);
    end_products();
    wait_for<1>(s);
    const Sight sight = {window, query, tile * kOthers + lane % 4 * 2};
    if (window.all_see(first + row, 16, tile * kOthers, kOthers)) {
      soften_rows<true>(s, sight, scale * kLog2E, log_sum);
    } else {
      soften_rows<false>(s, sight, scale * kLog2E, log_sum);
    }
    wait_for<0>(d);
#pragma unroll
    for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) s[n][i] *= d[n][i] * scale - delta[i / 2];
    }
    std::uint32_t ds[kOthers / 16][4];
    to_left_side<kOthers>(s, ds);
    begin_products();
    begin_weighted<D, kOthers>(dq, ds, shared.first[slot.index]);
    end_products();
    wait_for<0>(dq);
    if (lane == 0) arrive(shared.ring.emptied[slot.index]);
  }
  const float one[2] = {1, 1};
  store_rows<D>(dq, gradients.dq + head.split + static_cast<std::int64_t>(first + row) * D, D,
                window.time - first - row, one);
}

// As soften_rows, but transposed: keys are rows.
template <bool kIsWhole>
__device__ __forceinline__ void soften_columns(float (&p)[kOthers / 8][4], const Sight& sight,
                                               float scale, const float* log_sum) {
#pragma unroll
  for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const bool sees = sight.sees<kIsWhole>(8 * n + i % 2, i / 2 * 8);
      p[n][i] = sees ? power_of_two(p[n][i] * scale - log_sum[8 * n + i % 2]) : 0.0F;
    }
  }
}

// Launched as the one above.
template <int D>
__global__ void __launch_bounds__(kPairThreads, 1)
    hopper_dkdv_kernel(Attention<Bfloat16, float> op, AttentionGradients gradients,
                       const __grid_constant__ Maps maps) {
  auto& shared = *reinterpret_cast<Shared<D>*>(dynamic_shared());
  const Block block = block_of(op, false);
  const auto& [head, window, first, seen] = block;
  set_up_all(shared);
  const int warp = uniform(static_cast<int>(threadIdx.x) / kWarp);
  if (warp >= kPairWarps) {
    give_registers();
    if (warp == kPairWarps) load_for_keys(shared, maps, op, gradients.delta, block);
    return;
  }
  take_registers();
  const int lane = lane_index();
  const float scale = 1 / sqrtf(static_cast<float>(D));
  const int row = warp * 16;
  const int group = row / 64 * 64;  // the warpgroup's first row
  float dk[D / 8][4] = {};
  float dv[D / 8][4] = {};
  wait(shared.own, 0);
  Slot<kSlots> slot;
  for (int tile = seen.begin; tile < seen.end; ++tile, slot.advance()) {
    wait(shared.ring.filled[slot.index], slot.parity);
    if (!window.none_sees(tile * kOthers, kOthers, first + group, kGroupRows)) {
      float p[kOthers / 8][4];
      float d[kOthers / 8][4];
      begin_products();
      begin_scores<D, kPairRows, kOthers>(p, shared.own_first, group, shared.first[slot.index]);
      end_products();
      begin_scores<D, kPairRows, kOthers>(d, shared.own_second, group, shared.second[slot.index]);
      end_products();
      wait_for<1>(p);
      const int column = lane % 4 * 2;
      const float* const log_sum = shared.log_sum[slot.index] + column;
      const float* const delta = shared.delta[slot.index] + column;
      const Sight sight = {window, tile * kOthers + column, first + row + lane / 4};
      if (window.all_see(tile * kOthers, kOthers, first + row, 16)) {
        soften_columns<true>(p, sight, scale * kLog2E, log_sum);
      } else {
        soften_columns<false>(p, sight, scale * kLog2E, log_sum);
      }
      std::uint32_t left[kOthers / 16][4];
      to_left_side<kOthers>(p, left);
      wait_for<0>(d);
      begin_products();
      begin_weighted<D, kOthers>(dv, left, shared.second[slot.index]);
      end_products();
#pragma unroll
      for (int n = 0; n < kOthers / 8; ++n) {
#pragma unroll
        for (int i = 0; i < 4; ++i) p[n][i] *= d[n][i] * scale - delta[8 * n + i % 2];
      }
      std::uint32_t ds[kOthers / 16][4];
      to_left_side<kOthers>(p, ds);
      begin_products();
      begin_weighted<D, kOthers>(dk, ds, shared.first[slot.index]);
      end_products();
      wait_for<0>(dv);
      wait_for<0>(dk);
    }
    __syncwarp();
    if (lane == 0) arrive(shared.ring.emptied[slot.index]);
  }
  const float one[2] = {1, 1};
  const std::int64_t to = head.split + static_cast<std::int64_t>(first + row) * D;
  store_rows<D>(dk, gradients.dk + to, D, window.time - first - row, one);
  store_rows<D>(dv, gradients.dv + to, D, window.time - first - row, one);
}

template <int D>
void run(Stream stream, const Attention<Bfloat16, float>& op, const AttentionGradients& gradients) {
  if (stream.is_planning) return;
  const HeadShape& shape = op.shape;
  const std::int64_t heads = shape.batch * shape.heads;
  const Launch blocks = {heads * blocks_of(shape.time, kPairRows), kPairThreads,
                         static_cast<std::int64_t>(sizeof(Shared<D>))};
  const auto split = [&](const Bfloat16* from, int rows) {
    return tile_map(from, heads * shape.time, D, D, rows);
  };
  const auto packed = [&](const Bfloat16* from, int rows) {
    return tile_map(from, shape.batch * shape.time, shape.width(), shape.width(), rows);
  };
  const Maps by_queries = {split(op.q, kPairRows), packed(gradients.dy, kPairRows),
                           split(op.k, kOthers), split(op.v, kOthers)};
  const Maps by_keys = {split(op.k, kPairRows), split(op.v, kPairRows), split(op.q, kOthers),
                        packed(gradients.dy, kOthers)};
  launch(stream, "attention dq", blocks, hopper_dq_kernel<D>, op, gradients, by_queries);
  launch(stream, "attention dk dv", blocks, hopper_dkdv_kernel<D>, op, gradients, by_keys);
}

}  // namespace

void hopper_attention_backward(Stream stream, const Attention<Bfloat16, float>& op,
                               const AttentionGradients& gradients) {
  op.shape.head_dim == 64 ? run<64>(stream, op, gradients) : run<128>(stream, op, gradients);
}

}  // namespace trainer::cuda
