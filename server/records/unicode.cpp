#include "server/records/unicode.h"

#include <array>

namespace pawl {
namespace {

struct Form {
  unsigned char mask, lead;  // of the first byte
  std::size_t bytes;
  char32_t least;  // below it the form is overlong
};
constexpr std::array<Form, 4> kForms = {{
    {0x80, 0x00, 1, 0x0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
}};
constexpr unsigned kContinuationBits = 6;

bool is_scalar(char32_t point) { return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF); }

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  for (const Form& form : kForms) {
    if ((first & form.mask) != form.lead) continue;
    if (text.size() < form.bytes) return {};
    char32_t point = first & static_cast<unsigned char>(~form.mask);
    for (std::size_t i = 1; i < form.bytes; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xC0U) != 0x80U) return {};
      point = (point << kContinuationBits) | (byte & 0x3FU);
    }
    return point >= form.least && is_scalar(point) ? CodePoint{point, form.bytes} : CodePoint{};
  }
  return {};
}

void append_utf8(std::string& text, char32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
    return;
  }
  const std::size_t bytes = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  auto shift = static_cast<unsigned>((bytes - 1) * kContinuationBits);
  text += static_cast<char>(kForms.at(bytes - 1).lead | (point >> shift));
  while (shift > 0) {
    shift -= kContinuationBits;
    text += static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  }
}

}  // namespace pawl
