// A sandbox's time is granted in slices, and each of them is paid for before it begins (L15): may
// it go on? Pure. Its keeper ends it where the granted time ends, whoever is left to ask.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

#include "server/budget/admission.h"
#include "server/budget/estimate.h"

namespace pawl {

inline constexpr std::chrono::minutes kSlice{5};
// Before the end of what is granted. The scheduler looks twice in that time.
inline constexpr std::chrono::seconds kRenewBefore{90};

// All times count from the claim of its attempt, by the monotonic clock.
struct Lease {
  Milliseconds ran{0};
  Milliseconds granted{0};
  Milliseconds used{0};  // until when its agent used it: no command inside moves this
};

struct LeaseRules {
  Milliseconds idle{0}, longest{0};  // without use; from open to close
  std::optional<Money> usd;          // of one sandbox
  bool quiet = false;                // its place is to be silent within the next slice
  bool enforced = true;              // false: money and silence only warn
};

struct LeasePrice {
  Rate rate;
  std::int32_t units = 1, gpus = 0;
  Delays delays;
};

// In the order of precedence.
enum class LeaseEnd : std::uint8_t {
  kLongest,  // the absolute maximum
  kIdle,     // nobody used it; one who does before the end may go on
  kQuiet,
  kUsd,     // the cap of one sandbox
  kBudget,  // a window of the budget
};

struct NotYet {};
struct Renewal {
  Milliseconds until{0};
  Amount whole;  // what has to be reserved for all of it, the time before included
};
struct LetEnd {
  LeaseEnd why{};
  Milliseconds at{0};
  Amount whole;                      // kUsd, kBudget: what it would have come to
  std::optional<Refusal> refusal{};  // kBudget
};
using LeaseAnswer = std::variant<NotYet, Renewal, LetEnd>;

Milliseconds first_slice(const LeaseRules& rules);

// What `until` costs at worst: its keeper's delays are paid too.
Amount lease_cost(const LeasePrice& price, Milliseconds until);

// `others`: the windows that the sandbox spends from, without what it has reserved there itself.
LeaseAnswer next_slice(const Lease& lease, const LeaseRules& rules, const LeasePrice& price,
                       const BudgetView& others);

}  // namespace pawl
