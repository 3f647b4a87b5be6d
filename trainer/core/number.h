// Numbers as text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "trainer/core/result.h"

namespace trainer {

// All of the text, with '_' between digits as in TOML. Messages begin with the text, so that the
// caller can put a name before: "1.5 is not a whole number".
Result<std::int64_t> parse_integer(std::string_view text);
Result<double> parse_real(std::string_view text);  // finite

// The shortest text that reads back as the same number; whole numbers below 1e15 have all digits.
std::string shortest(double value);

}  // namespace trainer
