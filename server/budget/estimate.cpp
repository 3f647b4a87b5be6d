#include "server/budget/estimate.h"

#include <cassert>

#include "server/core/text.h"

namespace pawl {

Milliseconds worst_case(Milliseconds limit, const Delays& delays) {
  constexpr Milliseconds kRounding{1};
  return delays.startup + limit + delays.grace + delays.report_delay + kRounding;
}

Amount amount_of(const Rate& rate, std::int32_t units, std::int32_t gpus, Milliseconds time) {
  assert(units >= 1 && gpus >= 0 && time.count() >= 0);
  return {charge(rate, units, time), gpus * time};
}

Result<Milliseconds> runtime_for(std::optional<Milliseconds> asked, const RuntimeLimit& limit) {
  if (!limit.max) {
    return fail(ErrorKind::kDenied, "no maximum runtime is set, so no worst case can be reserved",
                "A human sets max_minutes in [jobs] or in the stage of the policy.");
  }
  if (!asked) return *limit.max;
  if (asked->count() <= 0) {
    return fail(ErrorKind::kInvalid, "a runtime of " + format_duration(*asked) + " is not positive",
                "Leave it out, or ask for up to " + format_duration(*limit.max) + ".");
  }
  if (*asked <= *limit.max) return *asked;
  return fail(ErrorKind::kDenied,
              "a runtime of " + format_duration(*asked) + " is over the limit of " +
                  format_duration(*limit.max) + " (" + limit.source + ")",
              "Ask for at most " + format_duration(*limit.max) + ".");
}

}  // namespace pawl
