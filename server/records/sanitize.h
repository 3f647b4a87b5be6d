// Text from jobs, made safe to show to a model or a terminal. Removed: ANSI and OSC sequences, C0
// and C1 controls, bidirectional and zero-width characters, the Unicode tag block, variation
// selectors and noncharacters; invalid UTF-8 becomes U+FFFD. Pure, and cleaning twice changes
// nothing. What remains is still data that a stranger wrote: the caller labels and fences it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pawl {

struct TextLimits {
  std::size_t line_bytes_max = 400;  // at least 40; a longer line ends in " [+N bytes]"
  std::size_t lines_max = 200;       // more are dropped from the end
  bool collapse = true;              // three or more equal lines in a row become one and a count
};

struct CleanText {
  std::string text;  // lines end in '\n'
  std::size_t lines = 0;
  std::size_t lines_dropped = 0;
};

CleanText clean_text(std::string_view raw, const TextLimits& limits = {});

// One line, for titles, signatures and error messages: line breaks and tabs become blanks.
std::string clean_line(std::string_view raw, std::size_t bytes_max = 400);

// True for a code point that clean text never holds ('\n' and '\t' are allowed).
bool is_unsafe(char32_t point);

}  // namespace pawl
