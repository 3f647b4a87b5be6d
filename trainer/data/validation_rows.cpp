#include "trainer/data/validation_rows.h"

#include <algorithm>
#include <cassert>

#include "trainer/core/text.h"
#include "trainer/data/document_set.h"
#include "trainer/data/packer.h"

namespace trainer {
namespace {

constexpr std::uint64_t kSeed = 0;  // part of the metric: another one is another score

}  // namespace

Result<ValidationRows> ValidationRows::create(const Shard& split,
                                              const ValidationOptions& options) {
  assert(options.targets > 0 && options.batch > 0);
  if (split.tokens() == 0) return fail("the validation split has no tokens");
  const std::int64_t stream = split.tokens() + split.documents() - 1;  // its targets
  std::int64_t rows = (stream + options.targets - 1) / options.targets;
  if (stream > options.eval_tokens) {
    const std::int64_t batch_targets = options.batch * options.targets;
    rows = options.eval_tokens / batch_targets * options.batch;
    if (rows == 0) {
      return fail(format("%s tokens of evaluation are less than one batch of %s",
                         grouped(options.eval_tokens).c_str(), grouped(batch_targets).c_str()),
                  "Evaluate on more tokens, or in smaller batches.");
    }
  }
  ValidationRows made(options.targets, rows);
  if (options.packing == ValidationPacking::kStream) {
    made.fill_from_stream(split);
  } else {
    made.fill_by_best_fit(split);
  }
  return made;
}

void ValidationRows::fill_from_stream(const Shard& split) {
  bos_ = DocumentSet(std::span(&split, 1)).bos();
  stride_ = targets_;
  const auto wanted = static_cast<std::size_t>(rows_ * targets_ + 1);
  for (std::int64_t i = 0; i < split.documents() && tokens_.size() < wanted; ++i) {
    const auto document = split.document(i);
    tokens_.push_back(bos_);
    tokens_.insert(tokens_.end(), document.begin(), document.end());
  }
  tokens_.resize(std::min(tokens_.size(), wanted));
}

void ValidationRows::fill_by_best_fit(const Shard& split) {
  bos_ = DocumentSet(std::span(&split, 1)).bos();
  stride_ = targets_ + 1;
  Packer packer(std::span(&split, 1), {.row_tokens = stride_, .seed = kSeed, .drop_tails = true});
  std::vector<std::int32_t> row(static_cast<std::size_t>(stride_));
  for (std::int64_t i = 0; i < rows_; ++i) {
    packer.next_row(row);
    for (const std::int32_t token : row) tokens_.push_back(static_cast<std::uint16_t>(token));
  }
}

void ValidationRows::row(std::int64_t index, std::span<std::int32_t> inputs,
                         std::span<std::int32_t> targets) const {
  assert(index >= 0 && inputs.size() == targets.size());
  assert(static_cast<std::int64_t>(targets.size()) == targets_);
  const auto begin = std::min(static_cast<std::size_t>(index * stride_), tokens_.size());
  const auto left = std::span(tokens_).subspan(begin);
  const std::size_t known = std::min(targets.size(), left.empty() ? 0 : left.size() - 1);
  std::ranges::copy(left.first(known), inputs.begin());
  std::ranges::fill(inputs.subspan(known), bos_);
  if (known > 0) std::ranges::copy(left.subspan(1, known), targets.begin());
  std::ranges::fill(targets.subspan(known), kNoTarget);
}

}  // namespace trainer
