#include "trainer/data/json_scanner.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "trainer/core/text.h"

namespace trainer {
namespace {

void append_utf8(std::string& to, unsigned c) {
  const auto continuation = [&](int shift) {
    to += static_cast<char>(0x80 | ((c >> shift) & 0x3F));
  };
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xC0 | (c >> 6));
    continuation(0);
  } else if (c < 0x10000) {
    to += static_cast<char>(0xE0 | (c >> 12));
    continuation(6);
    continuation(0);
  } else {
    to += static_cast<char>(0xF0 | (c >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::unexpected<Error> JsonScanner::fail_here(const std::string& what) const {
  return fail(format("%s at column %zu", what.c_str(), at_ + 1));
}

void JsonScanner::skip_space() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
}

bool JsonScanner::at_end() {
  skip_space();
  return at_ == text_.size();
}

char JsonScanner::peek() { return at_end() ? '\0' : text_[at_]; }

bool JsonScanner::take(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

Result<std::string> JsonScanner::string() {
  if (!take('"')) return fail_here("a string was expected");
  std::string value;
  while (at_ < text_.size() && text_[at_] != '"') {
    const char c = text_[at_];
    if (static_cast<unsigned char>(c) < 0x20) return fail_here("a control character in a string");
    if (c == '\\') {
      CHECK_OK(append_escape(value));
    } else {
      value += c;
      ++at_;
    }
  }
  if (at_ == text_.size()) return fail_here("a string without its closing quote");
  ++at_;
  return value;
}

Result<void> JsonScanner::append_escape(std::string& to) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (letter != 'u') {
    const std::size_t found = letter == '\0' ? std::string_view::npos : kLetters.find(letter);
    if (found == std::string_view::npos) return fail_here("an unknown escape");
    to += kMeanings[found];
    at_ += 2;
    return {};
  }
  TRY(const unsigned high, hex4());
  if (high < 0xD800 || high > 0xDFFF) {
    append_utf8(to, high);
    return {};
  }
  if (high > 0xDBFF || !text_.substr(at_).starts_with("\\u"))
    return fail_here("half a surrogate pair");
  TRY(const unsigned low, hex4());
  if (low < 0xDC00 || low > 0xDFFF) return fail_here("half a surrogate pair");
  append_utf8(to, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
  return {};
}

Result<unsigned> JsonScanner::hex4() {
  const std::string_view digits = text_.substr(at_ + 2).substr(0, 4);
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() < 4 || error != std::errc{} || stop != end) {
    return fail_here("\\u without four hexadecimal digits");
  }
  at_ += 6;
  return value;
}

Result<void> JsonScanner::skip_value(int depth_max) {
  if (depth_max == 0) return fail_here("values nested too deep");
  switch (peek()) {
    case '"':
      if (auto value = string(); !value) return std::unexpected(std::move(value).error());
      return {};
    case '{':
      return skip_container('}', depth_max - 1);
    case '[':
      return skip_container(']', depth_max - 1);
    case 't':
      return skip_literal("true");
    case 'f':
      return skip_literal("false");
    case 'n':
      return skip_literal("null");
    default:
      return skip_number();
  }
}

Result<void> JsonScanner::skip_container(char close, int depth_max) {
  ++at_;
  if (take(close)) return {};
  do {
    if (close == '}') {
      TRY([[maybe_unused]] const std::string name, string());
      if (!take(':')) return fail_here("':' was expected");
    }
    CHECK_OK(skip_value(depth_max));
  } while (take(','));
  if (!take(close)) return fail_here(format("',' or '%c' was expected", close));
  return {};
}

Result<void> JsonScanner::skip_literal(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return fail_here("a value was expected");
  at_ += word.size();
  return {};
}

bool JsonScanner::skip_digits() {
  const std::size_t before = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ > before;
}

Result<void> JsonScanner::skip_number() {
  const auto next_is = [&](std::string_view any_of) {
    return at_ < text_.size() && any_of.contains(text_[at_]);
  };
  if (next_is("-")) ++at_;
  const bool has_zero = next_is("0");
  const std::size_t before = at_;
  if (!skip_digits()) return fail_here("a value was expected");
  if (has_zero && at_ > before + 1) return fail_here("a number with a leading zero");
  if (next_is(".")) {
    ++at_;
    if (!skip_digits()) return fail_here("a number without digits after its point");
  }
  if (!next_is("eE")) return {};
  ++at_;
  if (next_is("+-")) ++at_;
  if (!skip_digits()) return fail_here("a number without digits in its exponent");
  return {};
}

}  // namespace trainer
