// A human's addition to one cap for a while: the policy as if its file had said so. Pure.
#pragma once
#include <string>

#include "server/core/result.h"
#include "server/policy/policy.h"

namespace pawl {

struct Raise {
  std::string node;    // "global", "project:NAME" or "agent:NAME"
  std::string window;  // "total", "day", ...: a key of [budget]
  Money money;
  std::string note;  // stands behind the cap's source: "+$10.00 until 07:00 by root"
};

// INVALID where there is no such window, or nothing limits it.
Result<Policy> raised(Policy policy, const Raise& raise);

}  // namespace pawl
