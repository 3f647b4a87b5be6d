// What runs took before says what the next will likely take: the median, and what nine of ten stay
// under. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "server/core/money.h"

namespace pawl {

// One run that gave a result, or was stopped at its limit.
struct PastRun {
  Milliseconds time{0};  // billed
  Money cost;
  Milliseconds limit{0};  // that it ran under
  bool cut = false;       // it was stopped at that limit: it would have taken longer
};

struct Expected {
  Milliseconds time_p50{0}, time_p90{0};
  Money cost_p50, cost_p90;
  std::int64_t runs = 0;
  bool operator==(const Expected&) const = default;
};

inline constexpr std::size_t kRunsMin = 3;  // fewer say nothing: only the worst case is known

// The smallest value that at least half, or nine tenths, of the runs do not pass (nearest rank).
std::optional<Expected> expected_of(std::span<const PastRun> runs);

}  // namespace pawl
