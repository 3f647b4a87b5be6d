// Budget windows in UTC, made from a time zone (L9). Days, weeks and months tile time without gap
// or overlap, whatever the clocks do; nights leave the day between them out and belong to their
// evening's date. A window that has ended never reopens, even where the clock is set back across
// its end.
#pragma once
#include <span>
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

// Minutes of the local day; over midnight where `to` is not after `from`.
struct NightHours {
  std::int32_t from = 22 * 60, to = 7 * 60;
};

struct Calendar {
  Zone zone;
  NightHours night{};
};

// The day that `time` belongs to.
Span day_of(const Zone& zone, Timestamp time);

// "2026-10-25": the local date on which a window begins, as people name it.
std::string day_name(const Zone& zone, const Span& day);

// The windows of a kind that [from, from + time] touches, in order; never empty but for nights.
// `time` is at most 400 days.
std::vector<Span> windows_touched(const Calendar& calendar, WindowKind kind, Timestamp from,
                                  Milliseconds time);

struct WindowType {
  NodeKind node{};
  WindowKind kind{};
  bool operator==(const WindowType&) const = default;
};

// The windows that a reservation has a row in, in the order of `types`. Each row takes the *whole*
// worst case: an attempt may start late (L9).
struct WindowKey {
  NodeKind node{};
  WindowKind kind{};
  Span span;
  bool operator==(const WindowKey&) const = default;
};
std::vector<WindowKey> windows_to_reserve(const Calendar& calendar,
                                          std::span<const WindowType> types, Timestamp from,
                                          Milliseconds worst_case);

// How much of an attempt fell into a window, for settling: its monotonic duration (L16), laid on
// the wall clock from `started`. Over windows that tile time the parts sum to `billed`. Charge
// cost() of each part, which rounds each up.
Milliseconds time_within(const Span& window, Timestamp started, Milliseconds billed);

}  // namespace pawl
