// Soft thresholds: which shares of a cap a reservation crosses. Pure.
#pragma once
#include <vector>

#include "server/core/budget.h"

namespace pawl {

struct Crossing {
  double share = 0;      // of the cap
  bool highest = false;  // of those that are crossed at once
  bool operator==(const Crossing&) const = default;
};

// The shares that `balance` passes when `added` is reserved on top of it, in either unit; `shares`
// rise. Nothing where nothing limits.
std::vector<Crossing> crossed(const Balance& balance, const Amount& added,
                              const std::vector<double>& shares);

}  // namespace pawl
