#include "trainer/measure/evaluate.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <vector>

#include "trainer/core/clock.h"
#include "trainer/core/text.h"
#include "trainer/measure/bits_per_byte.h"

namespace trainer {
namespace {

class Evaluator {
 public:
  Evaluator(const EvaluationRows& rows, std::int64_t batch_rows)
      : rows_(rows),
        batch_rows_(batch_rows),
        width_(static_cast<std::size_t>(rows.row_tokens)),
        inputs_(static_cast<std::size_t>(batch_rows) * width_),
        targets_(inputs_.size()) {}

  // The rows from `first` on.
  Result<void> batch(std::int64_t first, const Losses& losses) {
    const std::int64_t real = std::min(batch_rows_, rows_.rows - first);
    for (std::int64_t i = 0; i < batch_rows_; ++i) {
      rows_.row(first + std::min(i, real - 1), row_of(inputs_, i), row_of(targets_, i));
      if (i >= real) std::ranges::fill(row_of(targets_, i), kIgnoredTarget);
    }
    const std::span<const float> nats = losses(inputs_, targets_);
    assert(nats.size() == targets_.size());
    for (std::int64_t i = 0; i < real; ++i) {
      const std::size_t begin = static_cast<std::size_t>(i) * width_;
      CHECK_OK(add(first + i, row_of(targets_, i), nats.subspan(begin, width_)));
    }
    return {};
  }

  const BitsPerByte& sum() const { return sum_; }

 private:
  std::span<std::int32_t> row_of(std::vector<std::int32_t>& batch, std::int64_t i) const {
    return std::span(batch).subspan(static_cast<std::size_t>(i) * width_, width_);
  }

  Result<void> add(std::int64_t row, std::span<const std::int32_t> targets,
                   std::span<const float> nats) {
    for (std::size_t at = 0; at < targets.size(); ++at) {
      if (targets[at] == kIgnoredTarget) continue;
      const auto target = static_cast<std::size_t>(targets[at]);
      if (target >= rows_.token_bytes.size()) {
        return fail(place(row, at) + format("token %d is outside the vocabulary of %zu",
                                            targets[at], rows_.token_bytes.size()));
      }
      if (!std::isfinite(nats[at])) {
        return fail(place(row, at) + format("the loss is %g", static_cast<double>(nats[at])));
      }
      sum_.add(static_cast<double>(nats[at]), rows_.token_bytes[target]);
    }
    return {};
  }

  static std::string place(std::int64_t row, std::size_t at) {
    return format("validation row %lld, position %zu: ", static_cast<long long>(row), at);
  }

  const EvaluationRows& rows_;  // outlives us
  std::int64_t batch_rows_;
  std::size_t width_;
  std::vector<std::int32_t> inputs_;
  std::vector<std::int32_t> targets_;
  BitsPerByte sum_;
};

}  // namespace

Result<Evaluation> evaluate(const EvaluationRows& rows, std::int64_t batch_rows,
                            const Losses& losses) {
  assert(batch_rows > 0 && rows.row_tokens > 0);
  if (rows.rows <= 0) {
    return fail("the validation split has no whole row to evaluate", "Give it more text.");
  }
  const double start = monotonic_seconds();
  Evaluator evaluator(rows, batch_rows);
  for (std::int64_t first = 0; first < rows.rows; first += batch_rows) {
    CHECK_OK(evaluator.batch(first, losses));
  }
  const BitsPerByte& sum = evaluator.sum();
  TRY(const double bits, sum.value());
  return Evaluation{.val_bpb = bits,
                    .nats_per_token = sum.nats() / static_cast<double>(sum.tokens()),
                    .tokens = sum.tokens(),
                    .bytes = sum.bytes(),
                    .rows = rows.rows,
                    .seconds = monotonic_seconds() - start};
}

}  // namespace trainer
