// The most that an attempt can cost (L4): it must cover the charge even if the server dies the
// moment after launch.
#pragma once
#include <optional>
#include <string>

#include "server/core/rate.h"

namespace pawl {

// What an attempt may take beside its own limit.
struct Delays {
  Milliseconds startup{0};       // of the pool, before the keeper's clock runs
  Milliseconds grace{0};         // between SIGTERM and SIGKILL
  Milliseconds report_delay{0};  // from the kill to confirmed death
};

// startup + limit + grace + report delay + one millisecond, because each of the clocks is cut to
// whole milliseconds.
Milliseconds worst_case(Milliseconds limit, const Delays& delays);

// What an attempt of that time pays on `units` GPUs or slots; `gpus` is 0 on a pool without GPUs.
Amount amount_of(const Rate& rate, std::int32_t units, std::int32_t gpus, Milliseconds time);

struct RuntimeLimit {
  std::optional<Milliseconds> max;  // the policy's, for this stage
  std::string source;
};

// What was asked for, or the policy's maximum where nothing was (L18). kDenied: over the maximum,
// or there is none.
Result<Milliseconds> runtime_for(std::optional<Milliseconds> asked, const RuntimeLimit& limit);

}  // namespace pawl
