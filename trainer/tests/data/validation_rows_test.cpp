#include "trainer/data/validation_rows.h"

#include <algorithm>

#include "trainer/tests/data/shards.h"

namespace trainer {
namespace {

using Row = std::vector<std::int32_t>;

constexpr std::int32_t kBos = 258;

class ValidationRowsTest : public Scratch {
 protected:
  void given_documents(const std::vector<std::size_t>& sizes) {
    file_ = write_shard(path("val.shard"), numbered_documents(sizes));
  }
  Result<ValidationRows> rows(const ValidationOptions& options) const {
    return ValidationRows::create(must(Shard::open(file_)), options);
  }

  std::filesystem::path file_;
};

struct Pair {
  Row inputs, targets;
};

Pair row_of(const ValidationRows& rows, std::int64_t index, std::size_t size) {
  Pair row{Row(size, -7), Row(size, -7)};
  rows.row(index, row.inputs, row.targets);
  return row;
}

// BOS 0 1 2 BOS 3 4
TEST_F(ValidationRowsTest, TheStreamIsCutIntoRowsAndTheLastIsPadded) {
  given_documents({3, 2});
  const ValidationRows split = must(rows({.targets = 4, .batch = 1, .eval_tokens = 100}));
  ASSERT_EQ(split.rows(), 2);
  EXPECT_EQ(row_of(split, 0, 4).inputs, (Row{kBos, 0, 1, 2}));
  EXPECT_EQ(row_of(split, 0, 4).targets, (Row{0, 1, 2, kBos}));
  EXPECT_EQ(row_of(split, 1, 4).inputs, (Row{kBos, 3, kBos, kBos}));
  EXPECT_EQ(row_of(split, 1, 4).targets, (Row{3, 4, -1, -1}));
}

TEST_F(ValidationRowsTest, RowsBehindTheLastAreAllPadding) {
  given_documents({3, 2});
  const ValidationRows split = must(rows({.targets = 6, .batch = 4, .eval_tokens = 100}));
  ASSERT_EQ(split.rows(), 1);
  EXPECT_EQ(row_of(split, 0, 6).targets, (Row{0, 1, 2, kBos, 3, 4}));
  EXPECT_EQ(row_of(split, 1, 6).targets, Row(6, -1));
  EXPECT_EQ(row_of(split, 3, 6).inputs, Row(6, kBos));
}

TEST_F(ValidationRowsTest, EachTokenOfTheSplitIsATargetExactlyOnce) {
  given_documents({7, 1, 0, 20, 13, 40, 2});
  for (std::int64_t targets = 1; targets < 100; ++targets) {
    const ValidationRows split = must(rows({.targets = targets, .batch = 2, .eval_tokens = 1000}));
    Row all;
    for (std::int64_t i = 0; i < split.rows(); ++i) {
      const Pair row = row_of(split, i, static_cast<std::size_t>(targets));
      all.insert(all.end(), row.targets.begin(), row.targets.end());
    }
    std::erase(all, ValidationRows::kNoTarget);
    std::erase(all, kBos);
    Row expected(83);
    std::ranges::generate(expected, [next = 0]() mutable { return next++; });
    ASSERT_EQ(all, expected) << targets;
  }
}

TEST_F(ValidationRowsTest, ALargerSplitGivesWholeBatches) {
  given_documents({100});
  EXPECT_EQ(must(rows({.targets = 4, .batch = 3, .eval_tokens = 99})).rows(), 24);
  EXPECT_EQ(must(rows({.targets = 4, .batch = 3, .eval_tokens = 12})).rows(), 3);
  EXPECT_EQ(must(rows({.targets = 4, .batch = 3, .eval_tokens = 100})).rows(), 25);
}

TEST_F(ValidationRowsTest, LessThanOneBatchIsAnError) {
  given_documents({100});
  EXPECT_EQ(message_of(rows({.targets = 4, .batch = 3, .eval_tokens = 11})),
            "11 tokens of evaluation are less than one batch of 12");
}

TEST_F(ValidationRowsTest, ASplitWithoutTokensIsAnError) {
  given_documents({0});
  EXPECT_EQ(message_of(rows({.targets = 4, .batch = 1, .eval_tokens = 9})),
            "the validation split has no tokens");
}

// Best fit leaves no padding, begins each row with BOS, and drops what was cropped: of 7 tokens a
// row of 5 takes 4.
TEST_F(ValidationRowsTest, BestFitPacksAndDropsTails) {
  given_documents({7});
  const ValidationRows split = must(
      rows({.targets = 4, .batch = 1, .eval_tokens = 100, .packing = ValidationPacking::kBestFit}));
  ASSERT_EQ(split.rows(), 2);
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(row_of(split, i, 4).inputs, (Row{kBos, 0, 1, 2}));
    EXPECT_EQ(row_of(split, i, 4).targets, (Row{0, 1, 2, 3}));
  }
}

}  // namespace
}  // namespace trainer
