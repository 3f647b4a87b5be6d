#include "trainer/data/document_cutter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trainer/data/unicode.h"
#include "trainer/tests/data/random_text.h"

namespace trainer {
namespace {

using Texts = std::vector<std::string>;

Texts cut(std::string_view text, std::int64_t bytes_max) {
  Texts documents;
  cut_documents(text, bytes_max,
                [&](std::string_view document) { documents.emplace_back(document); });
  return documents;
}

TEST(DocumentCutter, ADocumentEndsBehindTheLastParagraphThatFits) {
  EXPECT_EQ(cut("one\n\ntwo\n\nthree\n", 11), (Texts{"one\n\ntwo\n\n", "three\n"}));
  EXPECT_EQ(cut("one\r\n\r\ntwo three", 12), (Texts{"one\r\n\r\n", "two three"}));
}

TEST(DocumentCutter, ElseBehindALineElseBehindASpace) {
  EXPECT_EQ(cut("one two\nthree four", 10), (Texts{"one two\n", "three four"}));
  EXPECT_EQ(cut("one two three", 9), (Texts{"one two ", "three"}));
}

TEST(DocumentCutter, ElseBetweenCodePoints) {
  EXPECT_EQ(cut("\u20ac\u20ac\u20ac", 8), (Texts{"\u20ac\u20ac", "\u20ac"}));
  EXPECT_EQ(cut("\x80\x80\x80\x80\x80\x80", 5), (Texts{"\x80\x80\x80\x80\x80", "\x80"}));
}

TEST(DocumentCutter, AShortTextIsOneDocument) {
  EXPECT_EQ(cut("one\n\ntwo\n", 9), (Texts{"one\n\ntwo\n"}));
}

TEST(DocumentCutter, NothingIsLostAndNoCodePointIsBroken) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Philox random(seed, 6);
    const std::string text = random_text(random, random.below(200));
    std::string joined;
    for (const std::string& document : cut(text, 4 + random.below(40))) {
      ASSERT_EQ(count_invalid_utf8(document), 0);
      joined += document;
    }
    ASSERT_EQ(joined, text);
  }
}

}  // namespace
}  // namespace trainer
