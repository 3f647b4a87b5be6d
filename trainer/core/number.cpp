#include "trainer/core/number.h"

#include <array>
#include <charconv>
#include <cmath>

namespace trainer {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// TOML allows '_' between two digits.
std::string without_underscores(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separates = text[i] == '_' && i > 0 && i + 1 < text.size() &&
                           is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (!separates) digits += text[i];
  }
  return digits.starts_with('+') && digits.size() > 1 && is_digit(digits[1]) ? digits.substr(1)
                                                                             : digits;
}

template <class Number>
Result<Number> parse_number(std::string_view text, const char* kind, const char* limit) {
  const std::string digits = without_underscores(text);
  Number value{};
  const char* const end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, value);
  if (read_to != end || error == std::errc::invalid_argument) {
    return fail(std::string(text) + " is not a " + kind);
  }
  if (error != std::errc()) return fail(std::string(text) + " is outside what " + limit);
  return value;
}

}  // namespace

Result<std::int64_t> parse_integer(std::string_view text) {
  return parse_number<std::int64_t>(text, "whole number", "64 bits hold");
}

Result<double> parse_real(std::string_view text) {
  TRY(const double value, parse_number<double>(text, "number", "a double holds"));
  if (!std::isfinite(value)) return fail(std::string(text) + " is not a finite number");
  return value;
}

std::string shortest(double value) {
  std::array<char, 32> digits{};
  const bool is_whole = std::abs(value) < 1e15 && value == std::trunc(value);
  const auto end = is_whole ? std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                            std::chars_format::fixed)
                            : std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

}  // namespace trainer
