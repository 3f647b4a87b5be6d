// Tiles that Hopper's copy engine brings to shared memory while others work: one warp of a block
// asks for them and the warpgroups wait at barriers, each at its own pace. Sources: PTX ISA 8.5,
// "cp.async.bulk.tensor", "mbarrier"; CUDA Driver API, "Tensor Map Object Management".
//
// A tile (kRows, D) lies as panels of 64 columns, 128 bytes a row, whose groups of eight numbers
// are exchanged within a row: group g of row r at g ^ (r % 8). It begins at a multiple of 1,024
// bytes.
#pragma once
#include "trainer/ops/cuda/kernel.h"
#include "trainer/ops/cuda/tile_map.h"

namespace trainer::cuda {

#if defined(__CUDACC__)
// What is the same in all lanes, as the compiler cannot know.
__device__ __forceinline__ int uniform(int x) { return __shfl_sync(kAllLanes, x, 0); }

struct Barrier {
  std::uint64_t state;
};
#if __CUDA_ARCH__ >= 900
// A phase ends after `arrivals`, once all bytes that were expected have come. A barrier for all.
__device__ __forceinline__ void set_up(Barrier& barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;"
               :
               : "r"(shared_address(&barrier)), "r"(arrivals)
               : "memory");
}
__device__ __forceinline__ void show_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" : : : "memory");
}
__device__ __forceinline__ void arrive(Barrier& barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];"
               :
               : "r"(shared_address(&barrier))
               : "memory");
}
__device__ __forceinline__ void arrive_expecting(Barrier& barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;"
               :
               : "r"(shared_address(&barrier)), "r"(bytes)
               : "memory");
}
// Until the phase of this parity has ended: the first phase is 0. One never begun counts as 1.
__device__ __forceinline__ void wait(Barrier& barrier, int parity) {
  asm volatile(
      "{\n.reg .pred p;\nagain:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n@p bra done;\nbra again;\ndone:\n}"
      :
      : "r"(shared_address(&barrier)), "r"(parity)
      : "memory");
}
// The panel of `map` that begins at a row and a column.
__device__ __forceinline__ void load_panel(Bfloat16* to, const TileMap& map, int row, int column,
                                           Barrier& barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, "
      "%3}], [%4];"
      :
      : "r"(shared_address(to)), "l"(&map), "r"(column), "r"(row), "r"(shared_address(&barrier))
      : "memory");
}
#else
// Compiled for another chip, where nobody may call them.
__device__ __forceinline__ void set_up(Barrier&, int) { __trap(); }
__device__ __forceinline__ void show_barriers() {}
__device__ __forceinline__ void arrive(Barrier&) {}
__device__ __forceinline__ void arrive_expecting(Barrier&, int) {}
__device__ __forceinline__ void wait(Barrier&, int) {}
__device__ __forceinline__ void load_panel(Bfloat16*, const TileMap&, int, int, Barrier&) {}
#endif
#endif

// A tile of `map`, D columns from `column` on. One thread asks.
template <int D, int kRows>
__device__ __forceinline__ void load_tile(Bfloat16* to, const TileMap& map, int row, int column,
                                          Barrier& barrier) {
#pragma unroll
  for (int panel = 0; panel < D / kPanel; ++panel) {
    load_panel(to + panel * kRows * kPanel, map, row, column + panel * kPanel, barrier);
  }
}

// Some slots that are filled and emptied in turn. `filled` ends a phase when a slot's bytes are
// there and a warp of threads has arrived, `emptied` when each of `readers` warps has.
template <int kSlots>
struct Ring {
  Barrier filled[kSlots], emptied[kSlots];

  __device__ __forceinline__ void set_up_all(int readers) {
    for (int i = 0; i < kSlots; ++i) {
      set_up(filled[i], kWarp);
      set_up(emptied[i], readers);
    }
  }
};
// The place of tile number i, counted from 0.
template <int kSlots>
struct Slot {
  int index = 0, parity = 0;

  __device__ __forceinline__ void advance() {
    if (++index < kSlots) return;
    index = 0;
    parity ^= 1;
  }
};

}  // namespace trainer::cuda
