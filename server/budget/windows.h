// Budget windows in UTC, made from a time zone (L9). A day is 23, 24 or 25 hours long; days tile
// time without gap or overlap, and a day that has ended never reopens, even where the clock is set
// back across midnight.
#pragma once
#include <string_view>
#include <vector>

#include "server/core/budget.h"
#include "server/core/result.h"

namespace date {
class time_zone;
}

namespace pawl {

class Zone {
 public:
  static Result<Zone> find(std::string_view iana_name);  // kInvalid when there is no such zone
  static Zone utc();
  const date::time_zone& rules() const { return *rules_; }

 private:
  explicit Zone(const date::time_zone* rules) : rules_(rules) {}
  const date::time_zone* rules_;  // of the process-wide zone database, never freed
};

// The day that `time` belongs to.
Span day_of(const Zone& zone, Timestamp time);

// "2026-10-25": the local date of a day window, as people name it.
std::string day_name(const Zone& zone, const Span& day);

// The days that [from, from + time] touches, in order. `time` is at most 400 days.
std::vector<Span> days_touched(const Zone& zone, Timestamp from, Milliseconds time);

// The windows that a reservation has a row in, in the order of a BudgetView: the experiment's; then
// total and every touched day of agent, project and global. Each row takes the *whole* worst case:
// an attempt may start late (L9).
struct WindowKey {
  NodeKind node{};
  WindowKind kind{};
  Span span;
  bool operator==(const WindowKey&) const = default;
};
std::vector<WindowKey> windows_to_reserve(const Zone& zone, Timestamp from,
                                          Milliseconds worst_case);

// The real time of an attempt by day, for settling. The parts sum to `billed`; it is the monotonic
// duration (L16), laid on the wall clock from `started`. Charge cost() of each part, which rounds
// each up. An attempt of no time has one empty part.
struct Share {
  Span day;
  Milliseconds time{0};
  bool operator==(const Share&) const = default;
};
std::vector<Share> split(const Zone& zone, Timestamp started, Milliseconds billed);

}  // namespace pawl
