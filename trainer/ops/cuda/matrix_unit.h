// The tensor cores, warp by warp: fragments of mma.m16n8k16 and how they come from tiles in shared
// memory. Source: PTX ISA 8.5, "Matrix Fragments for mma.m16n8k16", "ldmatrix", "cp.async".
//
// Lane l = 4 g + t of an accumulator 16 x 8 holds (g, 2t), (g, 2t + 1), (g + 8, 2t),
// (g + 8, 2t + 1).
#pragma once
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {

#if defined(__CUDACC__)
// Four 8 x 8 matrices; lanes 8 m .. 8 m + 7 give the rows of matrix m. Lane l gets of each row l /
// 4 the numbers 2 (l % 4) and the next; transposed, of each column.
__device__ __forceinline__ void load_matrices(std::uint32_t (&to)[4], const Bfloat16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}
__device__ __forceinline__ void load_transposed(std::uint32_t (&to)[4], const Bfloat16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}
// d (16 x 8) += a (16 x 16) b (16 x 8).
__device__ __forceinline__ void multiply_add(float (&d)[4], const std::uint32_t (&a)[4],
                                             std::uint32_t b0, std::uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
// 16 bytes to shared memory, zeros where there is nothing to copy.
__device__ __forceinline__ void copy_async(Bfloat16* to, const Bfloat16* from, bool is_there) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(shared_address(to)), "l"(from), "r"(is_there ? 16 : 0)
               : "memory");
}
// Until this thread's copies are there; a barrier makes them everybody's.
__device__ __forceinline__ void wait_for_copies() {
  asm volatile("cp.async.wait_all;" : : : "memory");
}
#endif

inline constexpr int kTileThreads = 128;  // four warps, 16 rows of a tile each

// A tile of rows of D numbers in shared memory. Groups of eight numbers are exchanged within a row,
// so that the eight rows of a matrix lie in different banks.
template <int D>
__device__ __forceinline__ int place(int row, int group) {
  return row * D + (group ^ (row & 7)) * 8;
}

// Rows first .. first + kRows of a (time, D) array with rows `stride` apart; zeros beyond `time`.
struct TileRows {
  const Bfloat16* from;
  std::int64_t stride;
  int time;
};
template <int D, int kRows>
__device__ __forceinline__ void load_tile(Bfloat16* tile, const TileRows& rows, int first) {
  constexpr int kGroups = D / 8;
  for (int i = static_cast<int>(threadIdx.x); i < kRows * kGroups; i += kTileThreads) {
    const int row = i / kGroups;
    const bool is_there = first + row < rows.time;
    const std::int64_t at = is_there ? (first + row) * rows.stride + i % kGroups * 8 : 0;
    copy_async(tile + place<D>(row, i % kGroups), rows.from + at, is_there);
  }
}

// s (16, kColumns) += rows row .. row + 15 of a (.., D) times b (kColumns, D) transposed.
template <int D, int kColumns>
__device__ __forceinline__ void multiply_rows(float (&s)[kColumns / 8][4], const Bfloat16* a,
                                              int row, const Bfloat16* b) {
  const int lane = lane_index();
#pragma unroll
  for (int k = 0; k < D / 8; k += 2) {
    std::uint32_t left[4];
    load_matrices(left, a + place<D>(row + lane % 16, k + lane / 16));
#pragma unroll
    for (int n = 0; n < kColumns; n += 16) {
      std::uint32_t right[4];
      load_matrices(right, b + place<D>(n + lane % 8 + lane / 16 * 8, k + lane / 8 % 2));
      multiply_add(s[n / 8], left, right[0], right[1]);
      multiply_add(s[n / 8 + 1], left, right[2], right[3]);
    }
  }
}

// o (16, D) += p (16, kRows) times b (kRows, D); p is rounded.
template <int D, int kRows>
__device__ __forceinline__ void multiply_weights(float (&o)[D / 8][4],
                                                 const float (&p)[kRows / 8][4],
                                                 const Bfloat16* b) {
  const int lane = lane_index();
#pragma unroll
  for (int k = 0; k < kRows / 8; k += 2) {
    const std::uint32_t left[4] = {pack(p[k][0], p[k][1]), pack(p[k][2], p[k][3]),
                                   pack(p[k + 1][0], p[k + 1][1]), pack(p[k + 1][2], p[k + 1][3])};
#pragma unroll
    for (int n = 0; n < D / 8; n += 2) {
      std::uint32_t right[4];
      load_transposed(right, b + place<D>(8 * k + lane % 16, n + lane / 16));
      multiply_add(o[n], left, right[0], right[1]);
      multiply_add(o[n + 1], left, right[2], right[3]);
    }
  }
}

// A warp's 16 rows of an accumulator to rows `stride` apart, those below `rows`, times `factors`.
template <int D>
__device__ __forceinline__ void store_rows(const float (&o)[D / 8][4], Bfloat16* to,
                                           std::int64_t stride, int rows,
                                           const float (&factors)[2]) {
  const int group = lane_index() / 4;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    if (group + 8 * half >= rows) continue;
    Bfloat16* const row = to + (group + 8 * half) * stride + lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < D / 8; ++n) {
      *reinterpret_cast<std::uint32_t*>(row + 8 * n) =
          pack(o[n][2 * half] * factors[half], o[n][2 * half + 1] * factors[half]);
    }
  }
}

}  // namespace trainer::cuda
