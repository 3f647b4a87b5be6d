// UTF-8, and the classes of code points that the splitter asks for: \p{L}, \p{N} and White_Space of
// Unicode 14.0. Text may hold any bytes: a byte that is no part of a code point stands for itself.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trainer {

enum class CharacterClass : std::uint8_t { kLetter, kNumber, kSpace, kOther };

CharacterClass classify(char32_t code_point);

inline constexpr char32_t kInvalidByte = 0xFFFFFFFF;  // of class kOther

struct CodePoint {
  char32_t value;    // or kInvalidByte
  std::size_t size;  // bytes; an invalid byte comes alone
};

// The first code point of `text`, which is not empty. Overlong forms, surrogates and what lies
// above U+10FFFF are invalid bytes (Unicode 14.0, table 3-7).
CodePoint decode_utf8(std::string_view text);

std::int64_t count_invalid_utf8(std::string_view text);  // bytes

// Bytes of `text` after each maximal ill-formed part became U+FFFD (3 bytes), which is what
// Python's bytes.decode(errors="replace") makes of it (Unicode 14.0, section 3.9).
std::size_t replaced_utf8_size(std::string_view text);

}  // namespace trainer
