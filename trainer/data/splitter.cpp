#include "trainer/data/splitter.h"

#include <cassert>

#include "trainer/data/unicode.h"

namespace trainer {
namespace {

struct Character {
  CharacterClass kind = CharacterClass::kOther;
  std::size_t size = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  if (at == text.size()) return {};
  const CodePoint c = decode_utf8(text.substr(at));
  return {classify(c.value), c.size};
}

// The end of the run of `kind` that begins at `at`.
std::size_t run_end(std::string_view text, std::size_t at, CharacterClass kind) {
  for (;;) {
    const Character c = character_at(text, at);
    if (c.size == 0 || c.kind != kind) return at;
    at += c.size;
  }
}

bool is_line_end(char c) { return c == '\r' || c == '\n'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Each alternative of the pattern gives the bytes that it takes from the front, or 0.

std::size_t contraction(std::string_view text) {
  if (text[0] != '\'' || text.size() < 2) return 0;
  const char first = lower(text[1]);
  if (first == 's' || first == 'd' || first == 'm' || first == 't') return 2;
  if (text.substr(1).starts_with("\u017F")) return 3;  // the long s is an s in another case
  if (text.size() < 3) return 0;
  const char second = lower(text[2]);
  if (first == 'l') return second == 'l' ? 3 : 0;
  return (first == 'v' || first == 'r') && second == 'e' ? 3 : 0;
}

std::size_t word(std::string_view text, Character first) {
  const bool is_prefix =
      (first.kind == CharacterClass::kOther || first.kind == CharacterClass::kSpace) &&
      !is_line_end(text[0]);
  const std::size_t begin = is_prefix ? first.size : 0;
  const std::size_t end = run_end(text, begin, CharacterClass::kLetter);
  return end > begin ? end : 0;
}

std::size_t number(std::string_view text, Character first) {
  if (first.kind != CharacterClass::kNumber) return 0;
  const Character second = character_at(text, first.size);
  return first.size + (second.kind == CharacterClass::kNumber ? second.size : 0);
}

std::size_t punctuation(std::string_view text) {
  const std::size_t begin = text[0] == ' ' ? 1 : 0;
  std::size_t end = run_end(text, begin, CharacterClass::kOther);
  if (end == begin) return 0;
  while (end < text.size() && is_line_end(text[end])) ++end;
  return end;
}

// Up to the last line end of the run; else all of it at the end of the text; else all but its last
// space, which goes to the piece that follows.
std::size_t white_space(std::string_view text) {
  std::size_t end = 0, last = 0, line_end = 0;
  for (Character c = character_at(text, 0); c.size != 0 && c.kind == CharacterClass::kSpace;
       c = character_at(text, end)) {
    last = end;
    end += c.size;
    if (is_line_end(text[last])) line_end = end;
  }
  if (line_end != 0) return line_end;
  return end == text.size() || last == 0 ? end : last;
}

}  // namespace

std::size_t first_piece(std::string_view text) {
  assert(!text.empty());
  const Character first = character_at(text, 0);
  if (const std::size_t size = contraction(text)) return size;
  if (const std::size_t size = word(text, first)) return size;
  if (const std::size_t size = number(text, first)) return size;
  if (const std::size_t size = punctuation(text)) return size;
  return white_space(text);
}

}  // namespace trainer
