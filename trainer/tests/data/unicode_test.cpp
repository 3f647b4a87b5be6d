#include "trainer/data/unicode.h"

#include <gtest/gtest.h>

#include <array>

namespace trainer {
namespace {

TEST(Unicode, EachClassHasAsManyCodePointsAsUnicode14) {
  std::array<int, 4> counts{};
  for (char32_t c = 0; c <= 0x10FFFF; ++c) ++counts[static_cast<std::size_t>(classify(c))];
  EXPECT_EQ(counts[0], 131756);
  EXPECT_EQ(counts[1], 1791);
  EXPECT_EQ(counts[2], 25);
}

TEST(Unicode, WhiteSpaceIsThePropertyAndNotPythonsIsspace) {
  for (const char32_t space : {U'\v', U'\x85', U'\xA0', U'\x3000'}) {
    EXPECT_EQ(classify(space), CharacterClass::kSpace);
  }
  EXPECT_NE(classify(0x1C), CharacterClass::kSpace);
  EXPECT_NE(classify(0x180E), CharacterClass::kSpace);  // lost the property in Unicode 6.3
  EXPECT_NE(classify(0x200B), CharacterClass::kSpace);
}

TEST(Unicode, DecodingYieldsTheCodePointAndItsBytes) {
  const CodePoint euro = decode_utf8("\u20ac rest");
  EXPECT_EQ(euro.value, 0x20ACu);
  EXPECT_EQ(euro.size, 3u);
  EXPECT_EQ(decode_utf8("\U0010FFFF").value, 0x10FFFFu);
  EXPECT_EQ(decode_utf8(std::string_view("\0", 1)).value, 0u);
}

TEST(Unicode, WhatIsNoUtf8YieldsOneInvalidByte) {
  // Cut short, alone, overlong, a surrogate, beyond the last code point.
  for (const char* text : {"\xe2\x82", "\x82", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(decode_utf8(text).value, kInvalidByte) << text;
    EXPECT_EQ(decode_utf8(text).size, 1u) << text;
  }
}

TEST(Unicode, InvalidBytesAreCounted) {
  EXPECT_EQ(count_invalid_utf8("caf\u00e9"), 0);
  EXPECT_EQ(count_invalid_utf8("caf\xe9 \xe2\x82"), 3);
}

// Expected: len(bytes.decode(errors="replace").encode()) of Python 3.11.
TEST(Unicode, ReplacingCountsLikePython) {
  EXPECT_EQ(replaced_utf8_size("a\u00e9"), 3u);
  EXPECT_EQ(replaced_utf8_size("\xe2\x82"), 3u);
  EXPECT_EQ(replaced_utf8_size("\xe2\x82"
                               "a"),
            4u);
  EXPECT_EQ(replaced_utf8_size("\xff\xff"), 6u);
  EXPECT_EQ(replaced_utf8_size("\xed\xa0\x80"), 9u);
  EXPECT_EQ(replaced_utf8_size("\xf0\x9f\x98"), 3u);
  EXPECT_EQ(replaced_utf8_size("\xf4\x90\x80\x80"), 12u);
}

}  // namespace
}  // namespace trainer
