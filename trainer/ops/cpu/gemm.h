// The matrix product of one instruction set: C (M, N) = A (M, K) B^T with B packed into panels.
// Included by kernels.cpp alone, once for each set; everything here is private to that compilation.
//
// A panel holds kPanel columns of C for all of K, one unit (a number, or a pair of bfloat16 along
// K) per column and step, so that the innermost loop reads it straight through. A is read in place,
// or, as pairs, converted a block at a time into scratch.
#pragma once
#include "trainer/ops/cpu/kernels.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace trainer::cpu {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kTileRows = 12;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
#else
constexpr int kVectorBytes = 16;
constexpr int kTileRows = 4;
#endif
constexpr std::int64_t kDepthBlock = 512;  // of K: a block of A and a panel stay in the caches

TRAINER_ROW std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
TRAINER_ROW std::int64_t most(std::int64_t a, std::int64_t b) { return a > b ? a : b; }
TRAINER_ROW std::int64_t round_up(std::int64_t n, std::int64_t to) {
  return (n + to - 1) / to * to;
}

// One number per unit.
template <class Real>
struct Plain {
  using Unit = Real;
  using Vector [[gnu::vector_size(kVectorBytes)]] = Real;
  static constexpr std::int64_t kDepth = 1;
  static constexpr std::int64_t kLanes = kVectorBytes / static_cast<std::int64_t>(sizeof(Real));
  static TRAINER_ROW Vector load(const Unit* from) {
    Vector v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
  }
  static TRAINER_ROW void multiply_add(Vector& sum, Unit a, Vector b) { sum += a * b; }
  static TRAINER_ROW Unit pack(const Real* at, std::int64_t, bool) { return *at; }
};

#if defined(__AVX512BF16__)
// Two bfloat16 neighbours along K per unit, summed in float.
struct Pairs {
  using Unit = std::uint32_t;
  using Vector = __m512;
  static constexpr std::int64_t kDepth = 2;
  static constexpr std::int64_t kLanes = 16;
  static TRAINER_ROW __m512i load(const Unit* from) { return _mm512_loadu_si512(from); }
  static TRAINER_ROW void multiply_add(Vector& sum, Unit a, __m512i b) {
    sum = _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(a))),
                           reinterpret_cast<__m512bh>(b));
  }
  static TRAINER_ROW std::uint32_t round(float x) {  // to nearest, ties to even
    const auto bits = __builtin_bit_cast(std::uint32_t, x);
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  }
  static TRAINER_ROW Unit pack(const float* at, std::int64_t k_stride, bool has_second) {
    return round(*at) | (has_second ? round(at[k_stride]) << 16 : 0);
  }
};
template <class Real>
struct FormatOf {
  using Type = Plain<Real>;
};
template <>
struct FormatOf<float> {
  using Type = Pairs;
};
template <class Real>
using Format = typename FormatOf<Real>::Type;
#else
template <class Real>
using Format = Plain<Real>;
#endif

template <class Real>
constexpr std::int64_t kPanel = 2 * Format<Real>::kLanes;  // columns

template <class Real>
TRAINER_ROW std::int64_t units_of(std::int64_t depth) {
  return (depth + Format<Real>::kDepth - 1) / Format<Real>::kDepth;
}

#if defined(__AVX512BF16__)
// 16 numbers of two neighbours along K, as pairs.
TRAINER_ROW __m512i interleave(__m512 low, __m512 high) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24,
                                         8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
}

// Neighbours along K lie next to one another: 16 numbers become 8 pairs.
TRAINER_ROW void convert_row(const float* from, std::int64_t depth, std::uint32_t* to) {
  std::int64_t k = 0;
  for (; k + 16 <= depth; k += 16) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + k / 2),
                        reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(from + k))));
  }
  for (; k < depth; k += 2) to[k / 2] = Pairs::pack(from + k, 1, k + 1 < depth);
}

// 16 rows of up to 16 pairs, transposed: to[unit * stride + row].
TRAINER_ROW void transpose_rows(const float* from, std::int64_t row_stride, std::int64_t depth,
                                std::uint32_t* to, std::int64_t stride) {
  alignas(64) std::uint32_t rows[16][16];
  const __m512i lanes =
      _mm512_setr_epi32(0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240);
  for (std::int64_t k = 0; k < depth; k += 32) {
    const std::int64_t part = least(depth - k, 32);
    for (int i = 0; i < 16; ++i) convert_row(from + i * row_stride + k, part, rows[i]);
    for (std::int64_t unit = 0; unit < (part + 1) / 2; ++unit) {
      _mm512_storeu_si512(to + (k / 2 + unit) * stride,
                          _mm512_i32gather_epi32(lanes, &rows[0][unit], 4));
    }
  }
}
#endif

// `count` rows of an operand, transposed: to[unit * stride + row]; rows up to `stride` are zero.
template <class Real>
void pack_columns(const Operand<Real>& x, std::int64_t count, std::int64_t depth,
                  typename Format<Real>::Unit* to, std::int64_t stride) {
  constexpr std::int64_t kDepth = Format<Real>::kDepth;
#if defined(__AVX512BF16__)
  if constexpr (kDepth == 2) {
    if (count == stride && stride % 16 == 0 && x.row_stride == 1 && depth % 2 == 0) {
      for (std::int64_t k = 0; k < depth; k += 2) {
        const float* at = x.data + k * x.k_stride;
        for (std::int64_t i = 0; i < stride; i += 16) {
          const __m512 low = _mm512_loadu_ps(at + i);
          _mm512_storeu_si512(to + i, interleave(low, _mm512_loadu_ps(at + x.k_stride + i)));
        }
        to += stride;
      }
      return;
    }
    if (count == stride && stride % 16 == 0 && x.k_stride == 1) {
      for (std::int64_t i = 0; i < stride; i += 16) {
        transpose_rows(x.data + i * x.row_stride, x.row_stride, depth, to + i, stride);
      }
      return;
    }
  }
#endif
  for (std::int64_t k = 0; k < depth; k += kDepth) {
    const Real* at = x.data + k * x.k_stride;
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = Format<Real>::pack(at + i * x.row_stride, x.k_stride, k + 1 < depth);
    }
    for (std::int64_t i = count; i < stride; ++i) to[i] = 0;
    to += stride;
  }
}

template <class Real>
void pack_panels(const Operand<Real>& b, std::int64_t rows, std::int64_t depth, Range panels,
                 void* packed) {
  constexpr std::int64_t kColumns = kPanel<Real>;
  auto* to = static_cast<typename Format<Real>::Unit*>(packed);
  for (std::int64_t panel = panels.begin; panel < panels.end; ++panel) {
    const std::int64_t first = panel * kColumns;
    const Operand<Real> part = {b.data + first * b.row_stride, b.row_stride, b.k_stride};
    pack_columns(part, least(kColumns, rows - first), depth,
                 to + panel * kColumns * units_of<Real>(depth), kColumns);
  }
}

// Units of A for one tile: unit (i, step) lies at data[i * row_stride + step * step_stride].
template <class Real>
struct Tile {
  const typename Format<Real>::Unit* data;
  std::int64_t row_stride, step_stride, steps;
};

// Where a tile's product goes; `columns` of the panel exist.
template <class Real>
struct Destination {
  Real* data;
  std::int64_t stride, columns;
  bool add;

  // Row i of the tile: a whole panel of numbers.
  TRAINER_ROW void put(int i, const Real* sums) const {
    Real* row = data + i * stride;
    if (columns == kPanel<Real>) {
      for (std::int64_t j = 0; j < kPanel<Real>; ++j) row[j] = add ? row[j] + sums[j] : sums[j];
    } else {
      for (std::int64_t j = 0; j < columns; ++j) row[j] = add ? row[j] + sums[j] : sums[j];
    }
  }
};

// kRows rows by one panel of C.
template <class Real, int kRows>
void multiply_tile(const Tile<Real>& a, const typename Format<Real>::Unit* b,
                   const Destination<Real>& to) {
  using F = Format<Real>;
  constexpr std::int64_t kLanes = F::kLanes;
  typename F::Vector sums[kRows][2] = {};
  const auto* at = a.data;
  for (std::int64_t step = 0; step < a.steps; ++step) {
    const auto b0 = F::load(b);
    const auto b1 = F::load(b + kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const auto x = at[i * a.row_stride];
      F::multiply_add(sums[i][0], x, b0);
      F::multiply_add(sums[i][1], x, b1);
    }
    at += a.step_stride;
    b += kPanel<Real>;
  }
  for (int i = 0; i < kRows; ++i) {
    Real part[kPanel<Real>];
    __builtin_memcpy(part, sums[i], sizeof part);
    to.put(i, part);
  }
}

// The units of rows [0, rows) and depth [k, k + depth) of A, each tile of rows in its own place.
template <class Real>
struct PreparedRows {
  const typename Format<Real>::Unit* data;
  std::int64_t tile_stride, row_stride, step_stride;
};

#if defined(__AVX512BF16__)
// Rows of A that lie side by side in memory, as pairs: 16 at a time where that many exist.
// to[unit * stride + row], stride = round_up(rows, 16).
TRAINER_ROW void interleave_rows(const Operand<float>& a, std::int64_t rows, std::int64_t depth,
                                 std::uint32_t* to) {
  const std::int64_t stride = round_up(rows, 16);
  for (std::int64_t k = 0; k < depth; k += 2, to += stride) {
    const float* from = a.data + k * a.k_stride;
    const bool has_second = k + 1 < depth;
    std::int64_t i = 0;
    for (; i + 16 <= rows && has_second; i += 16) {
      const __m512 low = _mm512_loadu_ps(from + i);
      _mm512_storeu_si512(to + i, interleave(low, _mm512_loadu_ps(from + a.k_stride + i)));
    }
    for (; i < rows; ++i) to[i] = Pairs::pack(from + i, a.k_stride, has_second);
  }
}

inline PreparedRows<float> prepare_rows(const Operand<float>& a, std::int64_t rows,
                                        std::int64_t depth, void* scratch) {
  auto* to = static_cast<std::uint32_t*>(scratch);
  if (a.k_stride != 1) {
    interleave_rows(a, rows, depth, to);
    return {to, kTileRows, 1, round_up(rows, 16)};
  }
  const std::int64_t units = units_of<float>(depth);
  for (std::int64_t i = 0; i < rows; ++i) {
    convert_row(a.data + i * a.row_stride, depth, to + i * units);
  }
  return {to, kTileRows * units, units, 1};
}
#endif

// Plain numbers are read where they lie.
template <class Real>
PreparedRows<Real> prepare_rows(const Operand<Real>& a, std::int64_t, std::int64_t, void*) {
  return {a.data, kTileRows * a.row_stride, a.row_stride, a.k_stride};
}

template <class Real>
void finish_block(const Block<Real>& block) {
  for (std::int64_t i = 0; i < block.rows; ++i) {
    Real* row = block.c + i * block.c_stride;
    if (block.store == Store::kReluSquared) {
      for (std::int64_t j = 0; j < block.columns; ++j) row[j] = relu_squared(row[j]);
    } else if (block.store == Store::kReluSquaredSlope) {
      const Real* aux = block.aux + i * block.c_stride;
      for (std::int64_t j = 0; j < block.columns; ++j) row[j] *= relu_squared_slope(aux[j]);
    }
  }
}

template <class Real>
void multiply(const Block<Real>& block, void* scratch) {
  constexpr std::int64_t kDepth = Format<Real>::kDepth;
  const auto* packed = static_cast<const typename Format<Real>::Unit*>(block.packed_b);
  const std::int64_t panel_units = units_of<Real>(block.panel_depth) * kPanel<Real>;
  for (std::int64_t k = 0; k < block.depth; k += kDepthBlock) {
    const std::int64_t depth = least(kDepthBlock, block.depth - k);
    const bool add = block.store == Store::kAdd || k > 0;
    const Operand<Real> part = {block.a.data + k * block.a.k_stride, block.a.row_stride,
                                block.a.k_stride};
    const PreparedRows<Real> a = prepare_rows(part, block.rows, depth, scratch);
    for (std::int64_t j = 0; j < block.columns; j += kPanel<Real>) {
      const auto* b = packed + j / kPanel<Real> * panel_units + k / kDepth * kPanel<Real>;
      const std::int64_t columns = least(kPanel<Real>, block.columns - j);
      for (std::int64_t i = 0; i < block.rows;) {
        const Tile<Real> tile = {
            a.data + i / kTileRows * a.tile_stride + i % kTileRows * a.row_stride, a.row_stride,
            a.step_stride, units_of<Real>(depth)};
        const Destination<Real> to = {block.c + i * block.c_stride + j, block.c_stride, columns,
                                      add};
        if (block.rows - i >= kTileRows) {
          multiply_tile<Real, kTileRows>(tile, b, to);
          i += kTileRows;
        } else if (block.rows - i >= 4 && kTileRows > 4) {
          multiply_tile<Real, 4>(tile, b, to);
          i += 4;
        } else {
          multiply_tile<Real, 1>(tile, b, to);
          i += 1;
        }
      }
    }
  }
  if (block.store == Store::kReluSquared || block.store == Store::kReluSquaredSlope) {
    finish_block(block);
  }
}

template <class Real>
std::int64_t multiply_scratch(std::int64_t rows) {
  return round_up(rows, 16) * kDepthBlock * 4;
}

}  // namespace
}  // namespace trainer::cpu
