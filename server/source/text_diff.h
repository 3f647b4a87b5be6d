// The difference of two texts, for people.
#pragma once
#include <string>

#include "server/core/result.h"

namespace pawl {

struct TextChange {
  std::string name;  // as the headers of the diff show it
  std::string before, after;
};

// A unified diff with three lines around each change; empty when nothing differs.
Result<std::string> unified_diff(const TextChange& change);

}  // namespace pawl
