// Hopper's tensor cores, four warps at a time: wgmma, its operands in shared memory as pipeline.h
// says. Source: PTX ISA 8.5, "Asynchronous warpgroup level matrix instructions", "Shared memory
// matrix layout".
//
// A warpgroup's accumulator (64, N): warp w holds rows 16 w .. 16 w + 15, each as matrix_unit.h
// says. Products run on by themselves: begin_products(), products, end_products(), and
// wait_for(what was added to) before it is read.
#pragma once
#include "trainer/ops/cuda/pipeline.h"

namespace trainer::cuda {

inline constexpr int kGroupThreads = 128;  // of a warpgroup
inline constexpr int kGroupRows = 64;
// A block of two warpgroups that multiply and one that loads, with one warp; it gives its registers
// to the others.
inline constexpr int kPairRows = 2 * kGroupRows;
inline constexpr int kPairWarps = 8;
inline constexpr int kPairThreads = 3 * kGroupThreads;

#if defined(__CUDACC__)
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
__device__ __forceinline__ void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 24;");
}
__device__ __forceinline__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 240;");
}
__device__ __forceinline__ void begin_products() {
  asm volatile("wgmma.fence.sync.aligned;" : : : "memory");
}
__device__ __forceinline__ void end_products() {
  asm volatile("wgmma.commit_group.sync.aligned;" : : : "memory");
}
// Until all but the last kGroups groups of products are done.
template <int kGroups, int N>
__device__ __forceinline__ void wait_for(float (&d)[N][4]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" : : "n"(kGroups) : "memory");
#pragma unroll
  for (int n = 0; n < N; ++n) {
#pragma unroll
    for (int i = 0; i < 4; ++i) asm volatile("" : "+f"(d[n][i]) : : "memory");  // not read before
  }
}

// `leading`: bytes from one panel to the next, where the operand's columns are the product's.
// Beside it, 16 bytes further is 1 more.
__device__ __forceinline__ std::uint64_t panel_descriptor(const Bfloat16* at, int leading) {
  constexpr std::uint64_t kEightRows = 1024;
  constexpr std::uint64_t kSwizzle128 = std::uint64_t{1} << 62;
  return static_cast<std::uint64_t>(shared_address(at) >> 4) |
         static_cast<std::uint64_t>(leading >> 4) << 16 | kEightRows >> 4 << 32 | kSwizzle128;
}

#define TRAINER_FOUR(i) "+f"(d[i][0]), "+f"(d[i][1]), "+f"(d[i][2]), "+f"(d[i][3])
#define TRAINER_32(i)                                                             \
  TRAINER_FOUR(i), TRAINER_FOUR(i + 1), TRAINER_FOUR(i + 2), TRAINER_FOUR(i + 3), \
      TRAINER_FOUR(i + 4), TRAINER_FOUR(i + 5), TRAINER_FOUR(i + 6), TRAINER_FOUR(i + 7)
// d (64, 64) += a b, a (64, 16) and b (64, 16) in shared memory; d = a b if not `add`.
__device__ __forceinline__ void shared_product(float (&d)[8][4], std::uint64_t a, std::uint64_t b,
                                               bool add) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %34, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, "
      "%8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, "
      "%24, %25, %26, %27, %28, %29, %30, %31"
      "}, %32, %33, p, 1, 1, 0, 0;\n}"
      : TRAINER_32(0)
      : "l"(a), "l"(b), "r"(static_cast<int>(add)));
}
// d (64, 64) += a b, a (64, 16) in registers, b (16, 64) in shared memory.
__device__ __forceinline__ void register_product(float (&d)[8][4], const std::uint32_t (&a)[4],
                                                 std::uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, "
      "%8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, "
      "%24, %25, %26, %27, %28, %29, %30, %31"
      "}, {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
      : TRAINER_32(0)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
// d (64, 128) += a b, a (64, 16) and b (128, 16) in shared memory; d = a b if not `add`.
__device__ __forceinline__ void shared_product(float (&d)[16][4], std::uint64_t a, std::uint64_t b,
                                               bool add) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, "
      "%8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, "
      "%24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, "
      "%40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, "
      "%56, %57, %58, %59, %60, %61, %62, %63"
      "}, %64, %65, p, 1, 1, 0, 0;\n}"
      : TRAINER_32(0), TRAINER_32(8)
      : "l"(a), "l"(b), "r"(static_cast<int>(add)));
}
// d (64, 128) += a b, a (64, 16) in registers, b (16, 128) in shared memory.
__device__ __forceinline__ void register_product(float (&d)[16][4], const std::uint32_t (&a)[4],
                                                 std::uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, "
      "%8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, "
      "%24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, "
      "%40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, "
      "%56, %57, %58, %59, %60, %61, %62, %63"
      "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
      : TRAINER_32(0), TRAINER_32(8)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
#undef TRAINER_32
#undef TRAINER_FOUR

// s (64, kColumns) = rows row .. row + 63 of a (kRows, D) times b (kColumns, D) transposed.
template <int D, int kRows, int kColumns>
__device__ __forceinline__ void begin_scores(float (&s)[kColumns / 8][4], const Bfloat16* a,
                                             int row, const Bfloat16* b) {
  const std::uint64_t left = panel_descriptor(a + row * kPanel, 16);
  const std::uint64_t right = panel_descriptor(b, 16);
#pragma unroll
  for (int k = 0; k < D; k += 16) {
    const int panel = k / kPanel * kPanel / 8;
    const int at = k % kPanel / 8;
    shared_product(s, left + (panel * kRows + at), right + (panel * kColumns + at), k > 0);
  }
}

// o (64, D) += p (64, kRows) times b (kRows, D).
template <int D, int kRows>
__device__ __forceinline__ void begin_weighted(float (&o)[D / 8][4],
                                               const std::uint32_t (&p)[kRows / 16][4],
                                               const Bfloat16* b) {
  const std::uint64_t right = panel_descriptor(b, kRows * 128);
#pragma unroll
  for (int k = 0; k < kRows / 16; ++k) register_product(o, p[k], right + 2 * k * kPanel);
}
#else
// Compiled for another chip, where nobody may call them.
__device__ __forceinline__ void give_registers() {}
__device__ __forceinline__ void take_registers() {}
__device__ __forceinline__ void begin_products() { __trap(); }
__device__ __forceinline__ void end_products() {}
template <int kGroups, int N>
__device__ __forceinline__ void wait_for(float (&)[N][4]) {}
template <int D, int kRows, int kColumns>
__device__ __forceinline__ void begin_scores(float (&)[kColumns / 8][4], const Bfloat16*, int,
                                             const Bfloat16*) {}
template <int D, int kRows>
__device__ __forceinline__ void begin_weighted(float (&)[D / 8][4],
                                               const std::uint32_t (&)[kRows / 16][4],
                                               const Bfloat16*) {}
#endif
#endif

// An accumulator as the left side of the next product, rounded.
template <int kColumns>
__device__ __forceinline__ void to_left_side(const float (&s)[kColumns / 8][4],
                                             std::uint32_t (&p)[kColumns / 16][4]) {
#pragma unroll
  for (int k = 0; k < kColumns / 16; ++k) {
    p[k][0] = pack(s[2 * k][0], s[2 * k][1]);
    p[k][1] = pack(s[2 * k][2], s[2 * k][3]);
    p[k][2] = pack(s[2 * k + 1][0], s[2 * k + 1][1]);
    p[k][3] = pack(s[2 * k + 1][2], s[2 * k + 1][3]);
  }
}

}  // namespace trainer::cuda
