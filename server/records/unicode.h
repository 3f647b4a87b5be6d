// UTF-8 that nobody can be sure of. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace pawl {

inline constexpr char32_t kReplacement = 0xFFFD;

struct CodePoint {
  char32_t value = kReplacement;
  std::size_t bytes = 1;  // consumed; an invalid byte is one replacement
};

// The first code point of a text that is not empty. Overlong forms, surrogates and values over
// U+10FFFF are invalid.
CodePoint decode_utf8(std::string_view text);

void append_utf8(std::string& text, char32_t point);

}  // namespace pawl
