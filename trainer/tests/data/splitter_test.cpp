#include "trainer/data/splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trainer {
namespace {

using Pieces = std::vector<std::string>;

Pieces pieces_of(std::string_view text) {
  Pieces pieces;
  split(text, [&](std::string_view piece) { pieces.emplace_back(piece); });
  return pieces;
}

TEST(Splitter, AWordTakesTheSpaceBeforeIt) {
  EXPECT_EQ(pieces_of("It was a truth"), (Pieces{"It", " was", " a", " truth"}));
}

TEST(Splitter, AWordTakesAnyOneMarkBeforeIt) {
  EXPECT_EQ(pieces_of("(well)\tdone"), (Pieces{"(well", ")", "\tdone"}));
  EXPECT_EQ(pieces_of("--well"), (Pieces{"--", "well"}));
}

TEST(Splitter, ContractionsAreCutOffInAnyCase) {
  EXPECT_EQ(pieces_of("she's we'LL I'd've"),
            (Pieces{"she", "'s", " we", "'LL", " I", "'d", "'ve"}));
  EXPECT_EQ(pieces_of("'\u017Fo 'lo"), (Pieces{"'\u017F", "o", " '", "lo"}));
}

TEST(Splitter, NumbersComeInPairsOfDigits) {
  EXPECT_EQ(pieces_of("1813 x7\u0661\u00b2"), (Pieces{"18", "13", " x", "7\u0661", "\u00b2"}));
  EXPECT_EQ(pieces_of(" 42"), (Pieces{" ", "42"}));
}

TEST(Splitter, PunctuationTakesASpaceBeforeAndLineEndsBehind) {
  EXPECT_EQ(pieces_of("so ...\r\n\nAnd"), (Pieces{"so", " ...\r\n\n", "And"}));
  EXPECT_EQ(pieces_of("e\u0301!"), (Pieces{"e", "\u0301!"}));
}

TEST(Splitter, WhiteSpaceEndsAtItsLastLineEnd) {
  EXPECT_EQ(pieces_of("a \n \n  b"), (Pieces{"a", " \n \n", " ", " b"}));
}

TEST(Splitter, TheLastSpaceOfARunGoesToTheNextPiece) {
  EXPECT_EQ(pieces_of("a   b   7"), (Pieces{"a", "  ", " b", "  ", " ", "7"}));
  EXPECT_EQ(pieces_of("a   "), (Pieces{"a", "   "}));
}

TEST(Splitter, InvalidBytesArePunctuation) {
  EXPECT_EQ(pieces_of("a\xff\xfe"
                      "b \xe2\x82 c"),
            (Pieces{"a", "\xff\xfe", "b", " \xe2\x82", " c"}));
}

TEST(Splitter, NoTextHasNoPieces) { EXPECT_EQ(pieces_of(""), Pieces{}); }

}  // namespace
}  // namespace trainer
