#include "server/records/sanitize.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "server/records/unicode.h"

using namespace pawl;

namespace {

std::string clean(std::string_view raw) { return clean_text(raw).text; }

std::string from(std::initializer_list<char32_t> points) {
  std::string text;
  for (const char32_t point : points) append_utf8(text, point);
  return text;
}

// Written apart from the code under test: what RELIABILITY forbids, one by one.
bool is_forbidden(char32_t c) {
  const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F);
  const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
                    c == 0x200F || c == 0x61C;
  const bool zero_width = (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF;
  const bool tag = c >= 0xE0000 && c <= 0xE007F;
  return control || bidi || zero_width || tag;
}

// Text from pieces that mean something to a terminal, and raw bytes between them.
rc::Gen<std::string> hostile_text() {
  const auto pieces = rc::gen::element<std::string>(
      "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bP1$r", "\x1b", "[", "\x9b",
      "\xc2\x9b", "\xc2\x9d", "\xe2\x80\xae", "\xe2\x80\x8b", "\xf3\xa0\x81\xa1", "\xef\xbb\xbf",
      "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\n", "\r", "\r\n", "\t", "loss: 1", "same\n",
      "[the line above 3 times]\n", "caf\xc3\xa9", "\xf0\x9f\x8e\x89", std::string(50, 'x'));
  const auto bytes = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(pieces, pieces, bytes)),
      [](const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& part : parts) text += part;
        return text;
      });
}

}  // namespace

TEST(Sanitize, NeverLetsAForbiddenCodePointThroughAndIsIdempotent) {
  EXPECT_TRUE(rc::check([] {
    const TextLimits limits{.line_bytes_max = 60, .lines_max = 20};
    const std::string once = clean_text(*hostile_text(), limits).text;
    for (std::string_view rest(once); !rest.empty();) {
      const CodePoint point = decode_utf8(rest);
      RC_ASSERT(!is_forbidden(point.value));
      RC_ASSERT(point.value != kReplacement || point.bytes == 3);  // valid UTF-8
      rest.remove_prefix(point.bytes);
    }
    RC_ASSERT(clean_text(once, limits).text == once);
  }));
}

TEST(Sanitize, LineIsOneLineAndIdempotent) {
  EXPECT_TRUE(rc::check([] {
    const std::string once = clean_line(*hostile_text(), 60);
    RC_ASSERT(once.find('\n') == std::string::npos);
    RC_ASSERT(once.size() <= 60U);
    RC_ASSERT(clean_line(once, 60) == once);
  }));
}

TEST(Sanitize, EveryUnsafeCodePointIsStripped) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (is_forbidden(point)) {
      ASSERT_TRUE(is_unsafe(point)) << std::hex << static_cast<std::uint32_t>(point);
    }
  }
  EXPECT_EQ(clean("a" + from({0x202E, 0x200B, 0xFEFF, 0xE0041, 0x2066, 0xFE0F, 0x85}) + "b\n"),
            "ab\n");
}

TEST(Sanitize, OrdinaryTextOfAllLanguagesStays) {
  const std::string text =
      "loss 1.5\tcaf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "
      "\xf0\x9f\x8e\x89\n";
  EXPECT_EQ(clean(text), text);
}

TEST(Sanitize, TerminalSequencesGoWithWhatTheyCarry) {
  EXPECT_EQ(clean("\x1b[1;31mred\x1b[0m\n"), "red\n");
  EXPECT_EQ(clean("\x1b]0;evil title\x07text\n"), "text\n");
  EXPECT_EQ(clean("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\\n"), "link\n");
  EXPECT_EQ(clean("\x1bPdevice\x1b\\a\x1b(Bb\x1b"
                  "7c\n"),
            "abc\n");
  EXPECT_EQ(clean("\xc2\x9b"
                  "31mred\xc2\x9d"
                  "title\xc2\x9cx\n"),
            "redx\n");
}

TEST(Sanitize, AnOpenSequenceEndsWithItsLine) {
  EXPECT_EQ(clean("a\x1b]0;never closed\nb\n"), "a\nb\n");
  EXPECT_EQ(clean("a\x1b[12;\nb\x1b\nc\x1b["), "a\nb\nc\n");
}

TEST(Sanitize, InvalidUtf8IsReplacedByteByByte) {
  EXPECT_EQ(clean("a\xff"
                  "b\n"),
            "a\xef\xbf\xbd"
            "b\n");
  EXPECT_EQ(clean("\xc0\xaf\n"), "\xef\xbf\xbd\xef\xbf\xbd\n");                  // overlong '/'
  EXPECT_EQ(clean("\xed\xa0\x80\n"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n");  // surrogate
  EXPECT_EQ(clean("x\xe2\x80"), "x\xef\xbf\xbd\xef\xbf\xbd\n");                  // cut
}

TEST(Sanitize, AProgressBarKeepsItsLastState) {
  EXPECT_EQ(clean("10%\r50%\r100%\r\nnext\r\n"), "100%\nnext\n");
}

TEST(Sanitize, LongLinesAndLongTextsAreCutAndSaySo) {
  const CleanText text =
      clean_text(std::string(1000, 'x') + "\na\nb\n", {.line_bytes_max = 100, .lines_max = 2});
  EXPECT_EQ(text.text, std::string(80, 'x') + " [+920 bytes]\na\n");
  EXPECT_EQ(text.lines, 2U);
  EXPECT_EQ(text.lines_dropped, 1U);
}

TEST(Sanitize, ACutNeverSplitsACharacter) {
  std::string line;
  for (int i = 0; i < 100; ++i) line += "\xf0\x9f\x8e\x89";
  EXPECT_EQ(clean_line("x" + line, 60), "x" + line.substr(0, 36) + " [+364 bytes]");
}

TEST(Sanitize, RepeatedLinesAreCollapsed) {
  EXPECT_EQ(clean("a\na\nb\nb\nb\nb\nc\n"), "a\na\nb\n[the line above 4 times]\nc\n");
  EXPECT_EQ(clean_text("b\nb\nb\n", {.collapse = false}).text, "b\nb\nb\n");
}
