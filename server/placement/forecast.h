// When runs will likely start and end: each, in the order of the queue, takes the units that are
// free first (list scheduling). Pure; as good as the times that it is given.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/core/money.h"

namespace pawl {

// Nothing may start that could still run in it.
struct Closed {
  Milliseconds from{0}, to{0};
};

// Times are from now. Zero: free, or ready at once.
struct Lanes {
  std::vector<std::vector<Milliseconds>> pools;  // when each unit of each pool is free
  std::vector<Milliseconds> places;              // when each place of max_concurrent is free
  std::vector<std::vector<Closed>> closed{};     // of each pool, in order; empty: of none
};

struct ComingRun {
  std::vector<std::size_t> pools;  // any one of these, by index
  std::int32_t units = 1;          // of that pool, all at once
  Milliseconds time{0};
  Milliseconds worst{0};       // what it may take at most
  Milliseconds not_before{0};  // the budget lets it start then; others may go first
};

struct Slot {
  Milliseconds starts{0}, ends{0};
  bool operator==(const Slot&) const = default;
};

// One answer for each run; absent where no pool is large enough.
std::vector<std::optional<Slot>> schedule(Lanes lanes, std::span<const ComingRun> queue);

}  // namespace pawl
