#include "server/records/signature.h"

#include <algorithm>

#include "server/records/sanitize.h"

namespace pawl {
namespace {

constexpr std::size_t kBytesMax = 160;
constexpr std::size_t kHashDigitsLeast = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word_character(char c) {
  return is_digit(c) || is_letter(c) || c == '/' || c == '.' || c == '-' || c == '+' || c == '~';
}

bool is_hash(std::string_view word) {
  return word.size() >= kHashDigitsLeast && std::ranges::all_of(word, is_hex_digit) &&
         std::ranges::any_of(word, is_digit);
}

// Names keep their digits (conv2d); everything else trades each number for N.
std::string normalised(std::string_view word) {
  word.remove_prefix(word.find_last_of('/') + 1);  // npos + 1 is 0
  if (is_hash(word)) return "N";
  if (word.starts_with("0x") || word.starts_with("0X")) return "0xN";
  const bool is_name =
      !word.empty() && is_letter(word.front()) &&
      std::ranges::all_of(word, [](char c) { return is_letter(c) || is_digit(c); });
  if (is_name) return std::string(word);
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!is_digit(word[i])) {
      text += word[i];
      continue;
    }
    text += 'N';
    while (i + 1 < word.size() && (is_digit(word[i + 1]) || word[i + 1] == '.')) ++i;
    if (word[i] == '.' && i + 1 == word.size()) text += '.';  // the end of a sentence
  }
  return text;
}

}  // namespace

std::string signature_of(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = i;
    while (end < line.size() && is_word_character(line[end])) ++end;
    if (end > i) {
      text += normalised(line.substr(i, end - i));
      i = end;
      continue;
    }
    const bool blank = line[i] == ' ' || line[i] == '\t';
    if (!blank || (!text.empty() && text.back() != ' ')) text += blank ? ' ' : line[i];
    ++i;
  }
  return clean_line(text, kBytesMax);
}

}  // namespace pawl
