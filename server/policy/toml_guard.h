// What must be kept away from the TOML library (toml++ 3.3), because files also come from
// repositories: text that makes it recurse without bound, and characters that run it into undefined
// behaviour. None of it is needed in our files.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/policy/diagnostic.h"

namespace pawl {

struct UnsafeText {
  Position at;
  std::string why;
};

// - over 64 KiB;
// - control characters other than tab and line ends;
// - a line with over 100 dots outside of quotes and comments: a.a.a nests one table a dot, and
// tables are freed by recursion;
// - characters beyond ASCII other than in comments and in strings of one line: its test for white
// space has no answer for
//   most of them.
std::optional<UnsafeText> find_unsafe(std::string_view text);

}  // namespace pawl
