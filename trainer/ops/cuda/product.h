// Matrix products on the device. Matrices are row-major here and column-major in cuBLASLt: a
// row-major C = A B is the column-major C^T = B^T A^T.
#pragma once
#include <cstdint>

#include "trainer/ops/cuda/bfloat16.h"

namespace trainer::cuda {

struct Factor {
  const Bfloat16* data = nullptr;
  std::int64_t stride = 0;     // between rows, as they lie in memory
  bool is_transposed = false;  // as it lies in memory, against how it is multiplied
  std::int64_t batch_stride = 0;
};

// d (rows, columns) = alpha a (rows, depth) b (depth, columns) + beta c, dense, sums in float.
struct Product {
  Factor a, b;
  std::int64_t rows = 0, columns = 0, depth = 0;
  void* d = nullptr;
  bool in_float = false;    // what d and c are made of; else bfloat16
  const void* c = nullptr;  // d itself where it is null and beta is not 0
  float alpha = 1, beta = 0;
  std::int64_t batch = 1;  // d and c follow one another
};

// The same product as column-major BLAS takes it: d (m, n) = op(left) op(right).
struct ColumnMajor {
  const Bfloat16 *left, *right;
  bool left_transposed, right_transposed;
  std::int64_t m, n, k;
  std::int64_t left_stride, right_stride, d_stride;  // leading dimensions
  std::int64_t left_batch, right_batch;
};
inline ColumnMajor column_major(const Product& p) {
  return {.left = p.b.data,
          .right = p.a.data,
          .left_transposed = p.b.is_transposed,
          .right_transposed = p.a.is_transposed,
          .m = p.columns,
          .n = p.rows,
          .k = p.depth,
          .left_stride = p.b.stride,
          .right_stride = p.a.stride,
          .d_stride = p.columns,
          .left_batch = p.b.batch_stride,
          .right_batch = p.a.batch_stride};
}

}  // namespace trainer::cuda
