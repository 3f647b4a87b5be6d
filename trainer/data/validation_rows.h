// The rows on which a model is judged: the pinned split, the same for every run.
//
//   kStream   all documents in order, BOS before each, as one stream; each token after the first is
//             a target exactly once
//   kBestFit  the packer with a fixed seed and dropped tails, as autoresearch evaluates
//
// A split of more than `eval_tokens` gives floor(eval_tokens / (batch * targets)) * batch rows, a
// shorter one all rows of its stream.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/core/result.h"
#include "trainer/data/shard.h"

namespace trainer {

enum class ValidationPacking : std::uint8_t { kStream, kBestFit };

struct ValidationOptions {
  std::int64_t targets;  // of a row, T
  std::int64_t batch;    // rows
  std::int64_t eval_tokens;
  ValidationPacking packing = ValidationPacking::kStream;
};

class ValidationRows {
 public:
  static constexpr std::int32_t kNoTarget = -1;  // counts neither bits nor bytes

  // Errors: a split without tokens, eval_tokens under one batch of a split that has more.
  static Result<ValidationRows> create(const Shard& split, const ValidationOptions& options);

  std::int64_t rows() const { return rows_; }

  // Both of T. Behind the end of the stream inputs are BOS and targets kNoTarget; so are all of the
  // rows from rows() on, with which a last batch can be filled.
  void row(std::int64_t index, std::span<std::int32_t> inputs,
           std::span<std::int32_t> targets) const;

 private:
  ValidationRows(std::int64_t targets, std::int64_t rows) : targets_(targets), rows_(rows) {}
  void fill_from_stream(const Shard& split);
  void fill_by_best_fit(const Shard& split);

  std::int64_t targets_, rows_;
  std::int64_t stride_ = 0;  // from one row's first token to the next's; a row is T + 1 tokens
  std::uint16_t bos_ = 0;
  std::vector<std::uint16_t> tokens_;
};

}  // namespace trainer
