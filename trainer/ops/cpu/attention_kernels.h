// Attention of one head: a tile of queries at a time against the keys that they see, with the
// softmax's numbers kept only for the tile. Included by kernels.cpp alone.
//
// q and k have length sqrt(D), so a score q k / sqrt(D) is at most sqrt(D) and needs no maximum
// taken away before exp. The backward pass computes the probabilities again from log_sum.
// Source: Dao, "FlashAttention-2", arXiv 2307.08691.
#pragma once
#include "trainer/ops/cpu/gemm.h"

namespace trainer::cpu {
namespace {

constexpr std::int64_t kQueryTile = 48;

template <class Real>
constexpr std::int64_t kUnitBytes = static_cast<std::int64_t>(sizeof(typename Format<Real>::Unit));

// Bytes of `rows` by `depth` packed.
template <class Real>
TRAINER_ROW std::int64_t packed_bytes(std::int64_t rows, std::int64_t depth) {
  return round_up(rows, kPanel<Real>) * units_of<Real>(depth) * kUnitBytes<Real>;
}

template <class Real>
struct AttentionScratch {
  void *keys, *values;            // packed as (T, D): for scores, and for dy v
  void *keys_down, *values_down;  // packed as (D, T): for dq, and for y
  void *queries, *gradients;      // a tile of q and of dy, packed as (D, tile)
  Real *scores, *slopes;          // (tile, T)
  void* rows;                     // of multiply
};

template <class Real>
std::int64_t lay_out(std::int64_t time, std::int64_t dim, char* at, AttentionScratch<Real>& to) {
  std::int64_t used = 0;
  const auto take = [&](std::int64_t bytes) {
    char* const here = at + used;
    used += round_up(bytes, 64);
    return static_cast<void*>(here);
  };
  const std::int64_t tile_bytes = kQueryTile * round_up(time, kPanel<Real>) * kUnitBytes<Real>;
  to.keys = take(packed_bytes<Real>(time, dim));
  to.values = take(packed_bytes<Real>(time, dim));
  to.keys_down = take(packed_bytes<Real>(dim, time));
  to.values_down = take(packed_bytes<Real>(dim, time));
  to.queries = take(packed_bytes<Real>(dim, kQueryTile));
  to.gradients = take(packed_bytes<Real>(dim, kQueryTile));
  to.scores = static_cast<Real*>(take(tile_bytes));
  to.slopes = static_cast<Real*>(take(tile_bytes));
  to.rows = take(multiply_scratch<Real>(most(kQueryTile, round_up(time, 16))));
  return used;
}

template <class Real>
std::int64_t attention_scratch(std::int64_t time, std::int64_t dim) {
  AttentionScratch<Real> unused;
  return lay_out(time, dim, static_cast<char*>(nullptr), unused);
}

template <class Real>
TRAINER_ROW const void* from_row(const void* packed, std::int64_t row, std::int64_t depth) {
  return static_cast<const char*>(packed) + packed_bytes<Real>(row, depth);
}
template <class Real>
TRAINER_ROW const void* from_depth(const void* packed, std::int64_t k) {
  return static_cast<const char*>(packed) +
         k / Format<Real>::kDepth * kPanel<Real> * kUnitBytes<Real>;
}

// One head at work: a tile of queries, and the keys that some of them see. The keys begin with a
// whole panel, so that a packed operand can be entered there.
template <class Real>
class HeadWork {
 public:
  HeadWork(const AttentionHead<Real>& head, void* memory)
      : head_(head), dim_(head.head_dim), scale_(1 / std::sqrt(static_cast<Real>(dim_))) {
    lay_out(head.time, dim_, static_cast<char*>(memory), scratch_);
  }

  void forward() {
    pack_rows(head_.k, scratch_.keys);
    pack_columns_of(head_.v, scratch_.values_down);
    for (std::int64_t first = 0; first < head_.time; first += kQueryTile) {
      enter(first);
      against_keys(head_.q, dim_, scratch_.keys, scratch_.scores);
      for (std::int64_t t = queries_.begin; t < queries_.end; ++t) soften(t);
      sum_keys(scratch_.scores, scratch_.values_down, head_.y + first * head_.y_stride,
               head_.y_stride);
    }
  }

  void backward() {
    pack_rows(head_.k, scratch_.keys);
    pack_columns_of(head_.k, scratch_.keys_down);
    pack_rows(head_.v, scratch_.values);
    const auto bytes = static_cast<std::size_t>(head_.time * dim_) * sizeof(Real);
    __builtin_memset(head_.dk, 0, bytes);
    __builtin_memset(head_.dv, 0, bytes);
    for (std::int64_t first = 0; first < head_.time; first += kQueryTile) {
      enter(first);
      against_keys(head_.q, dim_, scratch_.keys, scratch_.scores);
      against_keys(head_.dy, head_.y_stride, scratch_.values, scratch_.slopes);
      for (std::int64_t t = queries_.begin; t < queries_.end; ++t) differentiate(t);
      sum_keys(scratch_.slopes, scratch_.keys_down, head_.dq + first * dim_, dim_);
      pack_tile(head_.q, dim_, scratch_.queries);
      add_to_keys(scratch_.slopes, scratch_.queries, head_.dk);
      pack_tile(head_.dy, head_.y_stride, scratch_.gradients);
      add_to_keys(scratch_.scores, scratch_.gradients, head_.dv);
    }
  }

 private:
  void enter(std::int64_t first) {
    queries_ = {first, least(first + kQueryTile, head_.time)};
    const std::int64_t seen = most(0, first - head_.window);
    keys_ = {seen / kPanel<Real> * kPanel<Real>, queries_.end};
  }
  static TRAINER_ROW Range panels(std::int64_t rows) {
    return {0, (rows + kPanel<Real> - 1) / kPanel<Real>};
  }

  void pack_rows(const Real* x, void* to) {  // (T, D)
    pack_panels<Real>({x, dim_, 1}, head_.time, dim_, panels(head_.time), to);
  }
  void pack_columns_of(const Real* x, void* to) {  // (D, T)
    pack_panels<Real>({x, 1, dim_}, dim_, head_.time, panels(dim_), to);
  }
  void pack_tile(const Real* x, std::int64_t stride, void* to) {  // (D, queries)
    pack_panels<Real>({x + queries_.begin * stride, 1, stride}, dim_, queries_.size(), panels(dim_),
                      to);
  }

  // out (queries, keys) = x k^T, x (T, D) with rows `stride` apart.
  void against_keys(const Real* x, std::int64_t stride, const void* packed, Real* out) {
    multiply<Real>({.a = {x + queries_.begin * stride, stride, 1},
                    .rows = queries_.size(),
                    .depth = dim_,
                    .packed_b = from_row<Real>(packed, keys_.begin, dim_),
                    .columns = keys_.size(),
                    .panel_depth = dim_,
                    .c = out,
                    .c_stride = keys_.size()},
                   scratch_.rows);
  }
  // out (queries, D) = weights x, weights (queries, keys), x packed as (D, T).
  void sum_keys(const Real* weights, const void* packed, Real* out, std::int64_t stride) {
    multiply<Real>({.a = {weights, keys_.size(), 1},
                    .rows = queries_.size(),
                    .depth = keys_.size(),
                    .packed_b = from_depth<Real>(packed, keys_.begin),
                    .columns = dim_,
                    .panel_depth = head_.time,
                    .c = out,
                    .c_stride = stride},
                   scratch_.rows);
  }
  // out (keys, D) += weights^T x, weights (queries, keys), x packed as (D, queries).
  void add_to_keys(const Real* weights, const void* packed, Real* out) {
    multiply<Real>({.a = {weights, 1, keys_.size()},
                    .rows = keys_.size(),
                    .depth = queries_.size(),
                    .packed_b = packed,
                    .columns = dim_,
                    .panel_depth = queries_.size(),
                    .c = out + keys_.begin * dim_,
                    .c_stride = dim_,
                    .store = Store::kAdd},
                   scratch_.rows);
  }

  // The keys that query t sees, counted from keys_.begin.
  TRAINER_ROW Range seen_by(std::int64_t t) const {
    return {most(0, t - head_.window) - keys_.begin, t + 1 - keys_.begin};
  }
  TRAINER_ROW Real* row_of(Real* tile, std::int64_t t) const {
    return tile + (t - queries_.begin) * keys_.size();
  }

  // Scores of query t to probabilities.
  void soften(std::int64_t t) {
    Real* p = row_of(scratch_.scores, t);
    const Range seen = seen_by(t);
    const std::int64_t keys = keys_.size();
    Real sum = 0;
    for (std::int64_t j = seen.begin; j < seen.end; ++j) {
      p[j] = exponential(p[j] * scale_);
      sum += p[j];
    }
    const Real inverse = 1 / sum;
    for (std::int64_t j = 0; j < seen.begin; ++j) p[j] = 0;
    for (std::int64_t j = seen.begin; j < seen.end; ++j) p[j] *= inverse;
    for (std::int64_t j = seen.end; j < keys; ++j) p[j] = 0;
    head_.log_sum[t] = std::log(sum);
  }

  // Scores to probabilities p; dy v (in `slopes`) to d score = p (dy v - delta) / sqrt(D), where
  // delta = dy y.
  void differentiate(std::int64_t t) {
    Real* p = row_of(scratch_.scores, t);
    Real* d = row_of(scratch_.slopes, t);
    const Real* y = head_.y + t * head_.y_stride;
    const Real* dy = head_.dy + t * head_.y_stride;
    Real delta = 0;
    for (std::int64_t j = 0; j < dim_; ++j) delta += y[j] * dy[j];
    const Range seen = seen_by(t);
    const std::int64_t keys = keys_.size();
    const Real log_sum = head_.log_sum[t];
    for (std::int64_t j = 0; j < seen.begin; ++j) p[j] = d[j] = 0;
    for (std::int64_t j = seen.begin; j < seen.end; ++j) {
      p[j] = exponential(p[j] * scale_ - log_sum);
      d[j] = p[j] * (d[j] - delta) * scale_;
    }
    for (std::int64_t j = seen.end; j < keys; ++j) p[j] = d[j] = 0;
  }

  const AttentionHead<Real>& head_;
  std::int64_t dim_;
  Real scale_;
  AttentionScratch<Real> scratch_;
  Range queries_, keys_;
};

template <class Real>
void attention(const AttentionHead<Real>& head, void* scratch) {
  HeadWork<Real>(head, scratch).forward();
}

template <class Real>
void attention_backward(const AttentionHead<Real>& head, void* scratch) {
  HeadWork<Real>(head, scratch).backward();
}

}  // namespace
}  // namespace trainer::cpu
