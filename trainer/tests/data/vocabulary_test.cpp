#include "trainer/data/vocabulary.h"

#include <gtest/gtest.h>

#include "trainer/tests/data/vocabularies.h"

namespace trainer {
namespace {

TEST(Vocabulary, FourSpecialTokensFollowTheRanksAndBosIsTheFirst) {
  const Vocabulary vocabulary = vocabulary_with({"th"});
  EXPECT_EQ(vocabulary.size(), 261);
  EXPECT_EQ(vocabulary.bos(), 257);
}

TEST(Vocabulary, SpecialTokensStandForNoBytes) {
  const Vocabulary vocabulary = vocabulary_with({"th"});
  const std::vector<std::uint16_t> tokens = {257, 256, 'e', 260};
  EXPECT_EQ(vocabulary.decode(tokens), "the");
}

TEST(Vocabulary, BytesOfATokenAreItsOwn) {
  const std::vector<std::int32_t> bytes =
      vocabulary_with({"th", "\xe2\x82", "\u20ac"}).token_bytes();
  EXPECT_EQ(bytes.size(), 263u);
  EXPECT_EQ(bytes[0x80], 1);
  EXPECT_EQ(std::vector(bytes.begin() + 256, bytes.end()),
            (std::vector<std::int32_t>{2, 2, 3, 0, 0, 0, 0}));
}

TEST(Vocabulary, AutoresearchCountsThreeForWhatIsNoUtf8) {
  const std::vector<std::int32_t> bytes =
      vocabulary_with({"th", "\xe2\x82", "\xff\xff", "a\xc3"}).token_bytes_autoresearch();
  EXPECT_EQ(bytes['a'], 1);
  EXPECT_EQ(bytes[0x80], 3);
  EXPECT_EQ(std::vector(bytes.begin() + 256, bytes.end()),
            (std::vector<std::int32_t>{2, 3, 6, 4, 0, 0, 0, 0}));
}

TEST(Vocabulary, TheDigestTellsRanksApart) {
  const std::uint64_t digest = vocabulary_with({"ab", "cd"}).digest();
  EXPECT_EQ(vocabulary_with({"ab", "cd"}).digest(), digest);
  EXPECT_NE(vocabulary_with({"cd", "ab"}).digest(), digest);
  EXPECT_NE(vocabulary_with({"abc", "dd"}).digest(), digest);
}

TEST(Vocabulary, AMovedOneStillFindsItsTokens) {
  Vocabulary from = vocabulary_with({"th"});
  const Vocabulary vocabulary = std::move(from);
  EXPECT_EQ(vocabulary.find("th"), 256);
  EXPECT_EQ(vocabulary.find("ht"), std::nullopt);
}

}  // namespace
}  // namespace trainer
