#include "trainer/data/encoder.h"

#include <gtest/gtest.h>

#include "trainer/data/bpe_trainer.h"
#include "trainer/data/splitter.h"
#include "trainer/tests/data/random_text.h"
#include "trainer/tests/data/scratch.h"
#include "trainer/tests/data/vocabularies.h"

namespace trainer {
namespace {

using Tokens = std::vector<std::uint16_t>;

// The definition, without any speed: merge the leftmost pair of lowest rank until there is none.
Tokens encode_slowly(const Vocabulary& vocabulary, std::string_view text) {
  Tokens tokens;
  split(text, [&](std::string_view piece) {
    std::vector<std::string> parts;
    for (const char c : piece) parts.emplace_back(1, c);
    for (;;) {
      int best = vocabulary.size();
      std::size_t at = 0;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto rank = vocabulary.find(parts[i] + parts[i + 1]);
        if (!rank || *rank >= best) continue;
        best = *rank;
        at = i;
      }
      if (best == vocabulary.size()) break;
      parts[at] += parts[at + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    for (const std::string& part : parts) tokens.push_back(*vocabulary.find(part));
  });
  return tokens;
}

Vocabulary trained_on(std::string_view text, int size) {
  PieceCounts pieces;
  pieces.add(text);
  return must(train_bpe(pieces, size));
}

TEST(Encoder, MergesTheLowestRankFirstAndTheLeftmostAmongEquals) {
  const Vocabulary vocabulary = vocabulary_with({"bc", "ab", "aa"});
  EXPECT_EQ(encode(vocabulary, "abc"), (Tokens{'a', 256}));
  EXPECT_EQ(encode(vocabulary, "abab"), (Tokens{257, 257}));
  EXPECT_EQ(encode(vocabulary, "aaaaa"), (Tokens{258, 258, 'a'}));
}

TEST(Encoder, APieceThatIsATokenIsThatToken) {
  EXPECT_EQ(encode(vocabulary_with({"bc", "abc"}), "abc"), (Tokens{257}));
  EXPECT_EQ(encode(vocabulary_with({"xyz"}), "xyz"), (Tokens{256}));  // though no merge leads there
}

TEST(Encoder, NoMergeCrossesAPiece) {
  EXPECT_EQ(encode(vocabulary_with({"b "}), "ab a"), (Tokens{'a', 'b', ' ', 'a'}));
}

TEST(Encoder, RandomTextHasTheTokensOfTheDefinition) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Philox random(seed, 2);
    const std::string text = seed % 2 == 0 ? random_text(random, 400) : random_bytes(random, 400);
    const Vocabulary vocabulary = trained_on(text + text + random_text(random, 800), 300);
    const std::string other = text.substr(200) + random_text(random, 50);
    ASSERT_EQ(encode(vocabulary, other), encode_slowly(vocabulary, other));
  }
}

TEST(Encoder, AnyBytesComeBack) {
  Philox history(7, 3);
  const Vocabulary vocabulary =
      trained_on(random_bytes(history, 2000) + random_text(history, 2000), 400);
  Encoder encoder(vocabulary);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Philox random(seed, 4);
    const std::string text = random_bytes(random, random.below(300)) + random_text(random, 20);
    Tokens tokens;
    encoder.append(text, tokens);
    ASSERT_EQ(vocabulary.decode(tokens), text);
  }
}

TEST(Encoder, AVeryLongPieceTakesNoQuadraticTime) {
  const std::string text(1 << 20, 'a');
  EXPECT_EQ(encode(vocabulary_with({"aa", "aaaa"}), text), Tokens(1 << 18, 257));
}

}  // namespace
}  // namespace trainer
