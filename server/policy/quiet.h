// Quiet hours: nothing may start in a pool that could still run inside one of its windows. Windows
// are of local clocks, so they move with daylight saving time. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/policy/policy.h"

namespace pawl {

struct LocalSpan {
  Timestamp starts{}, ends{};
  bool operator==(const LocalSpan&) const = default;
};

// The first span of a daily window that overlaps [from, to), on days that `days` names: Monday
// first, by the day on which it begins. A moment that the clocks skip counts as the jump, one that
// comes twice as the first where the span starts and as the second where it ends. `zone` exists.
struct DailySpans {
  std::string_view zone;
  DailyWindow window;
  std::array<bool, 7> days{true, true, true, true, true, true, true};
};
std::optional<LocalSpan> first_overlap(const DailySpans& spans, Timestamp from, Timestamp to);

struct Quiet {
  const QuietRule* rule = nullptr;  // of the policy that was asked
  Timestamp until{};
};

// What keeps a run of at most `worst` from starting in that pool at `now`; of several the one that
// lasts longest.
std::optional<Quiet> quiet_in(const Policy& policy, std::string_view pool, Timestamp now,
                              Milliseconds worst);

// Every quiet span of that pool that overlaps [from, to), in order.
std::vector<LocalSpan> quiet_spans(const Policy& policy, std::string_view pool, Timestamp from,
                                   Timestamp to);

// "until 11:00, quiet: the inference team's demo slot (policies/default.toml:46:1)"
std::string describe(const Quiet& quiet, std::string_view zone);

}  // namespace pawl
