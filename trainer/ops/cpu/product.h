// Matrix products C (M, N) = A (M, K) B^T (N, K) over all threads, or inside one.
//
// C is cut into blocks of rows whose size depends on the shape alone, and each block sums along K
// in one order: the result is the same with any number of threads.
#pragma once
#include <algorithm>
#include <vector>

#include "trainer/core/buffer.h"
#include "trainer/core/thread_pool.h"
#include "trainer/ops/cpu/kernels.h"

namespace trainer::cpu {

template <class Real>
struct Product {
  Operand<Real> a, b;
  std::int64_t rows = 0, columns = 0, depth = 0;  // M, N, K
  Real* c = nullptr;
  std::int64_t c_stride = 0;
  Store store = Store::kSet;
  const Real* aux = nullptr;
};

template <class Real>
class Multiplier {
 public:
  Multiplier(ThreadPool& pool, const Kernels<Real>& kernels)
      : pool_(pool), kernels_(kernels), scratch_(static_cast<std::size_t>(pool.threads())) {}

  // Packs B for any number of products with it; `room` keeps it.
  const void* pack(const Operand<Real>& b, std::int64_t columns, std::int64_t depth, Buffer& room) {
    void* const packed = room.reserve(packed_bytes(columns, depth));
    const std::int64_t panels = panels_of(columns);
    const std::int64_t share =
        std::max<std::int64_t>(1, kPackedUnits / std::max<std::int64_t>(1, depth));
    pool_.run((panels + share - 1) / share, [&](std::int64_t task, int) {
      const Range range = {task * share, std::min(panels, (task + 1) * share)};
      kernels_.pack_panels(b, columns, depth, range, packed);
    });
    return packed;
  }

  void run(const Product<Real>& product, const void* packed) {
    const std::int64_t share = block_rows(product.rows);
    pool_.run((product.rows + share - 1) / share, [&](std::int64_t task, int thread) {
      const Range rows = {task * share, std::min(product.rows, (task + 1) * share)};
      void* const room = scratch(thread, kernels_.multiply_scratch(share));
      kernels_.multiply(block(product, rows, packed), room);
    });
  }

  void run(const Product<Real>& product) {
    run(product, pack(product.b, product.columns, product.depth, packed_));
  }

  // Inside a task of the pool: `room` holds serial_bytes().
  std::int64_t serial_bytes(std::int64_t rows, std::int64_t columns, std::int64_t depth) const {
    return packed_bytes(columns, depth) + kernels_.multiply_scratch(block_rows(rows));
  }
  void run_serially(const Product<Real>& product, char* room) const {
    kernels_.pack_panels(product.b, product.columns, product.depth, {0, panels_of(product.columns)},
                         room);
    char* const rest = room + packed_bytes(product.columns, product.depth);
    const std::int64_t share = block_rows(product.rows);
    for (std::int64_t row = 0; row < product.rows; row += share) {
      const Range rows = {row, std::min(product.rows, row + share)};
      kernels_.multiply(block(product, rows, room), rest);
    }
  }

  // This thread's own memory, for one task at a time.
  void* scratch(int thread, std::int64_t bytes) {
    return scratch_[static_cast<std::size_t>(thread)].reserve(bytes);
  }

 private:
  static constexpr std::int64_t kPackedUnits = 1024;  // of depth, for one task of packing
  static constexpr std::int64_t kRowsMax = 96;
  static constexpr std::int64_t kTasksMin = 8;

  std::int64_t panels_of(std::int64_t columns) const {
    return (columns + kernels_.tiling.panel_columns - 1) / kernels_.tiling.panel_columns;
  }
  std::int64_t packed_bytes(std::int64_t columns, std::int64_t depth) const {
    const std::int64_t units =
        (depth + kernels_.tiling.unit_depth - 1) / kernels_.tiling.unit_depth;
    const std::int64_t bytes =
        panels_of(columns) * kernels_.tiling.panel_columns * units * kernels_.tiling.unit_bytes;
    return (bytes + 63) / 64 * 64;
  }
  std::int64_t block_rows(std::int64_t rows) const {
    const std::int64_t tile = kernels_.tiling.tile_rows;
    const std::int64_t even = (rows + kTasksMin - 1) / kTasksMin;
    return std::clamp((even + tile - 1) / tile * tile, tile, kRowsMax / tile * tile);
  }
  Block<Real> block(const Product<Real>& product, Range rows, const void* packed) const {
    const std::int64_t at = rows.begin * product.c_stride;
    return {.a = {product.a.data + rows.begin * product.a.row_stride, product.a.row_stride,
                  product.a.k_stride},
            .rows = rows.size(),
            .depth = product.depth,
            .packed_b = packed,
            .columns = product.columns,
            .panel_depth = product.depth,
            .c = product.c + at,
            .c_stride = product.c_stride,
            .store = product.store,
            .aux = product.aux == nullptr ? nullptr : product.aux + at};
  }

  ThreadPool& pool_;              // outlives us
  const Kernels<Real>& kernels_;  // outlives us
  std::vector<Buffer> scratch_;   // one a thread
  Buffer packed_;
};

}  // namespace trainer::cpu
