#include "trainer/measure/evaluate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "trainer/tests/core/refusal.h"

using namespace trainer;

namespace {

// Three rows of two tokens. Token t stands for t bytes; token 0 is special.
class EvaluateTest : public testing::Test {
 protected:
  EvaluationRows rows() {
    return {
        .rows = static_cast<std::int64_t>(targets_.size()),
        .row_tokens = 2,
        .row =
            [&](std::int64_t i, std::span<std::int32_t> inputs, std::span<std::int32_t> targets) {
              std::ranges::fill(inputs, static_cast<std::int32_t>(10 * i));
              std::ranges::copy(targets_.at(static_cast<std::size_t>(i)), targets.begin());
            },
        .token_bytes = token_bytes_};
  }

  // A model whose loss on token t is t nats.
  Result<Evaluation> evaluate_by(std::int64_t batch_rows) {
    return evaluate(
        rows(), batch_rows,
        [&](std::span<const std::int32_t> inputs, std::span<const std::int32_t> targets) {
          inputs_seen_.emplace_back(inputs.begin(), inputs.end());
          targets_seen_.emplace_back(targets.begin(), targets.end());
          losses_.assign(targets.begin(), targets.end());
          std::ranges::replace(losses_, 0.0F, loss_of_special_);
          std::ranges::replace(losses_, -1.0F, std::numeric_limits<float>::quiet_NaN());
          return std::span<const float>(losses_);
        });
  }

  std::vector<std::vector<std::int32_t>> targets_ = {{1, 2}, {3, 0}, {-1, 2}};
  std::vector<std::int32_t> token_bytes_ = {0, 1, 2, 3};
  std::vector<std::vector<std::int32_t>> inputs_seen_;
  std::vector<std::vector<std::int32_t>> targets_seen_;
  std::vector<float> losses_;
  float loss_of_special_ = 50.0F;
};

}  // namespace

// Tokens 1, 2, 3 and 2 count: 8 nats over 8 bytes.
TEST_F(EvaluateTest, SumsNatsAndBytesOfTokensThatCount) {
  const Evaluation result = evaluate_by(3).value();
  EXPECT_DOUBLE_EQ(result.val_bpb, 1.4426950408889634);
  EXPECT_DOUBLE_EQ(result.nats_per_token, 2.0);
  EXPECT_EQ(result.tokens, 4);
  EXPECT_EQ(result.bytes, 8);
  EXPECT_EQ(result.rows, 3);
  EXPECT_GE(result.seconds, 0.0);
}

TEST_F(EvaluateTest, FillsTheLastBatchWithRowsThatDoNotCount) {
  const Evaluation result = evaluate_by(2).value();
  EXPECT_DOUBLE_EQ(result.val_bpb, 1.4426950408889634);
  const std::vector<std::vector<std::int32_t>> inputs = {{0, 0, 10, 10}, {20, 20, 20, 20}};
  const std::vector<std::vector<std::int32_t>> targets = {{1, 2, 3, 0}, {-1, 2, -1, -1}};
  EXPECT_EQ(inputs_seen_, inputs);
  EXPECT_EQ(targets_seen_, targets);
}

TEST_F(EvaluateTest, GivesTheSameWhateverTheBatch) {
  const Evaluation one = evaluate_by(1).value();
  for (const std::int64_t batch_rows : {2, 3, 4, 7}) {
    EXPECT_EQ(evaluate_by(batch_rows)->val_bpb, one.val_bpb) << batch_rows;
  }
}

TEST_F(EvaluateTest, RefusesALossThatIsNotFinite) {
  loss_of_special_ = std::numeric_limits<float>::infinity();
  EXPECT_EQ(message_of(evaluate_by(1)), "validation row 1, position 1: the loss is inf");
  loss_of_special_ = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message_of(evaluate_by(2)), "validation row 1, position 1: the loss is nan");
}

TEST_F(EvaluateTest, RefusesATargetOutsideTheVocabulary) {
  targets_[2][0] = 4;
  EXPECT_EQ(message_of(evaluate_by(2)),
            "validation row 2, position 0: token 4 is outside the vocabulary of 4");
  targets_[2][0] = -2;
  EXPECT_EQ(message_of(evaluate_by(2)),
            "validation row 2, position 0: token -2 is outside the vocabulary of 4");
}

TEST_F(EvaluateTest, RefusesNoRowsAndNoBytes) {
  targets_ = {};
  EXPECT_EQ(message_of(evaluate_by(2)), "the validation split has no whole row to evaluate");
  targets_ = {{0, -1}};
  EXPECT_EQ(message_of(evaluate_by(2)),
            "bits per byte of no bytes: the rows hold only special tokens");
}
