#include "trainer/data/unicode.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>

#include "trainer/data/unicode_ranges.h"

namespace trainer {
namespace {

bool contains(std::span<const char32_t> bounds, char32_t c) {
  return (std::ranges::upper_bound(bounds, c) - bounds.begin()) % 2 == 1;
}

CharacterClass search(char32_t c) {
  if (contains(kLetterBounds, c)) return CharacterClass::kLetter;
  if (contains(kNumberBounds, c)) return CharacterClass::kNumber;
  return contains(kSpaceBounds, c) ? CharacterClass::kSpace : CharacterClass::kOther;
}

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// A sequence by its first byte: its size, and where its second byte must lie.
struct Lead {
  std::size_t size;
  unsigned low = 0x80, high = 0xBF;
};

constexpr Lead lead_of(unsigned first) {
  if (first < 0x80) return {1};
  if (first < 0xC2 || first > 0xF4) return {0};
  if (first < 0xE0) return {2};
  if (first < 0xF0) return {3, first == 0xE0 ? 0xA0u : 0x80u, first == 0xED ? 0x9Fu : 0xBFu};
  return {4, first == 0xF0 ? 0x90u : 0x80u, first == 0xF4 ? 0x8Fu : 0xBFu};
}

// How many bytes at the front of `text` could begin a sequence led by `lead`.
std::size_t well_formed(std::string_view text, Lead lead) {
  if (lead.size < 2) return lead.size;
  std::size_t size = 1;
  while (size < lead.size && size < text.size()) {
    const unsigned next = byte_at(text, size);
    if (next < (size == 1 ? lead.low : 0x80u) || next > (size == 1 ? lead.high : 0xBFu)) break;
    ++size;
  }
  return size;
}

}  // namespace

CharacterClass classify(char32_t code_point) {
  static const auto kLatin = [] {
    std::array<CharacterClass, 0x250> table{};
    for (std::size_t c = 0; c < table.size(); ++c) table[c] = search(static_cast<char32_t>(c));
    return table;
  }();
  return code_point < kLatin.size() ? kLatin[code_point] : search(code_point);
}

CodePoint decode_utf8(std::string_view text) {
  assert(!text.empty());
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return {first, 1};
  const Lead lead = lead_of(first);
  if (lead.size == 0 || well_formed(text, lead) < lead.size) return {kInvalidByte, 1};
  char32_t value = first & (0x7Fu >> lead.size);
  for (std::size_t i = 1; i < lead.size; ++i) value = (value << 6) | (byte_at(text, i) & 0x3Fu);
  return {value, lead.size};
}

std::int64_t count_invalid_utf8(std::string_view text) {
  std::int64_t count = 0;
  while (!text.empty()) {
    const CodePoint c = decode_utf8(text);
    if (c.value == kInvalidByte) ++count;
    text.remove_prefix(c.size);
  }
  return count;
}

std::size_t replaced_utf8_size(std::string_view text) {
  std::size_t size = 0;
  while (!text.empty()) {
    const Lead lead = lead_of(byte_at(text, 0));
    const std::size_t read = well_formed(text, lead);
    size += lead.size != 0 && read == lead.size ? read : 3;
    text.remove_prefix(std::max<std::size_t>(read, 1));
  }
  return size;
}

}  // namespace trainer
