#include "server/jobs/handles.h"

#include <cctype>
#include <charconv>

namespace pawl {
namespace {

constexpr std::size_t kTailLengthMax = 24;
constexpr std::size_t kDigitsMax = 9;

std::optional<std::int64_t> parse_number(std::string_view digits) {
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number <= 0) {
    return std::nullopt;
  }
  return number;
}

// "Halve the batch!" -> "halve-the-batch", cut at a word.
std::string tail_of(std::string_view title) {
  std::string tail;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      tail += static_cast<char>(std::tolower(byte));
    } else if (!tail.empty() && tail.back() != '-') {
      tail += '-';
    }
    if (tail.size() > kTailLengthMax) break;
  }
  if (tail.size() > kTailLengthMax) {
    const std::size_t cut = tail.rfind('-');
    tail.resize(cut == std::string::npos || cut == 0 ? kTailLengthMax : cut);
  }
  while (!tail.empty() && tail.back() == '-') tail.pop_back();
  return tail;
}

}  // namespace

std::string job_handle(std::int64_t number, std::string_view title) {
  std::string digits = std::to_string(number);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  const std::string tail = tail_of(title);
  return tail.empty() ? digits : digits + "-" + tail;
}

std::string round_handle(std::int64_t number) { return "r" + std::to_string(number); }
std::string approval_handle(std::int64_t number) { return "a" + std::to_string(number); }
std::string sandbox_handle(std::int64_t number) { return "sb" + std::to_string(number); }

std::optional<std::int64_t> parse_job_handle(std::string_view text) {
  return parse_number(text.substr(0, text.find('-')));
}

std::optional<std::int64_t> parse_round_handle(std::string_view text) {
  if (!text.starts_with('r')) return std::nullopt;
  return parse_number(text.substr(1));
}

std::optional<std::int64_t> parse_approval_handle(std::string_view text) {
  if (!text.starts_with('a')) return std::nullopt;
  return parse_number(text.substr(1));
}

std::optional<std::int64_t> parse_sandbox_handle(std::string_view text) {
  if (!text.starts_with("sb")) return std::nullopt;
  return parse_number(text.substr(2));
}

}  // namespace pawl
