// Small text: formatted strings, and the nearest word for "did you mean".
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trainer {

// As printf, into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

// "1,234,567"
std::string grouped(std::int64_t number);

// " Did you mean \"x\"?" for the candidate nearest to `word` by edit distance, or empty when none
// is near enough to be a slip of the fingers. Appended to hints.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace trainer
