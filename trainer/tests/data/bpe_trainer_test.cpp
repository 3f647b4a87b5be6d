#include "trainer/data/bpe_trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <utility>

#include "trainer/tests/data/random_text.h"
#include "trainer/tests/data/scratch.h"

namespace trainer {
namespace {

using Merges = std::vector<std::string>;

Result<Vocabulary> train(std::string_view text, int size) {
  PieceCounts pieces;
  pieces.add(text);
  return train_bpe(pieces, size);
}

std::uint64_t digest_of(std::initializer_list<std::string_view> texts) {
  PieceCounts pieces;
  for (const std::string_view text : texts) pieces.add(text);
  return must(train_bpe(pieces, 300)).digest();
}

Merges merges_of(const Vocabulary& vocabulary) {
  Merges merges;
  for (int rank = 256; rank < vocabulary.ranks(); ++rank) {
    merges.emplace_back(vocabulary.bytes(static_cast<std::uint16_t>(rank)));
  }
  return merges;
}

// The definition, without any speed: all pairs are counted anew for each merge.
Merges train_slowly(const PieceCounts& pieces, std::size_t merges) {
  std::vector<std::pair<std::vector<int>, std::int64_t>> words;
  for (const auto& [text, count] : pieces.counts()) {
    auto& ids = words.emplace_back(std::vector<int>{}, count).first;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  }
  Merges tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  while (tokens.size() < 256 + merges) {
    std::map<std::pair<int, int>, std::int64_t> counts;  // in the order in which ties are broken
    for (const auto& [ids, count] : words) {
      for (std::size_t i = 1; i < ids.size(); ++i) counts[{ids[i - 1], ids[i]}] += count;
    }
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto [left, right] = std::ranges::max_element(counts, by_count)->first;
    for (auto& [ids, count] : words) {
      for (std::size_t i = 1; i < ids.size(); ++i) {
        if (ids[i - 1] != left || ids[i] != right) continue;
        ids[i - 1] = static_cast<int>(tokens.size());
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    tokens.push_back(tokens[static_cast<std::size_t>(left)] +
                     tokens[static_cast<std::size_t>(right)]);
  }
  return {tokens.begin() + 256, tokens.end()};
}

// aaabdaaabac: "aa" occurs 4 times. Then aa a b d aa a b a c: "aa a" and "ab" occur twice, and the
// ids of "ab" are smaller. Then "aa ab". Then no pair occurs twice.
TEST(BpeTrainer, MergesTheMostFrequentPairAndAmongEqualsTheSmaller) {
  EXPECT_EQ(merges_of(must(train("aaabdaaabac", 263))), (Merges{"aa", "ab", "aaab"}));
}

TEST(BpeTrainer, CountsAPieceAsOftenAsItOccurs) {
  // "ab" 3 times, " a" in two of them, "xy" twice; then " ab" and "xy" tie, and 32 is below 120.
  EXPECT_EQ(merges_of(must(train("ab ab ab\nxy\nxy", 263))), (Merges{"ab", " ab", "xy"}));
}

TEST(BpeTrainer, NoMergeCrossesAPiece) {
  EXPECT_EQ(merges_of(must(train("a.b.a.b.a.b", 262))), (Merges{".b", ".a"}));
}

TEST(BpeTrainer, SaysHowManyMergesTheTextSupports) {
  const auto refused = train("aaabdaaabac", 264);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "a vocabulary of 264 tokens needs 4 merges, and this text supports 3");
  EXPECT_EQ(refused.error().hint, "Give more text, or ask for a vocabulary of at most 263 tokens.");
}

TEST(BpeTrainer, TheSmallestVocabularyHasNoMerges) {
  EXPECT_EQ(must(train("a", 260)).size(), 260);
  EXPECT_EQ(message_of(train("a", 259)), "a vocabulary of 259 tokens is outside 260 .. 65,536");
  EXPECT_EQ(message_of(train("a", 65'537)),
            "a vocabulary of 65,537 tokens is outside 260 .. 65,536");
}

TEST(BpeTrainer, NoTextIsAnError) {
  EXPECT_EQ(message_of(train("", 300)), "there is no text to train a vocabulary on");
}

TEST(BpeTrainer, RandomTextHasTheMergesOfTheDefinition) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Philox random(seed, 9);
    PieceCounts pieces;
    pieces.add(random_text(random, 1000) + random_bytes(random, 300));
    ASSERT_EQ(merges_of(must(train_bpe(pieces, 310))), train_slowly(pieces, 50));
  }
}

TEST(BpeTrainer, OneTextGivesOneVocabularyInWhateverOrderItIsCounted) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Philox random(seed, 5);
    const std::string one = random_text(random, 300), two = random_text(random, 300);
    ASSERT_EQ(digest_of({one, one, two}), digest_of({two, one, one}));
  }
}

}  // namespace
}  // namespace trainer
