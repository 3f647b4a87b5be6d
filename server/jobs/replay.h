// The submits of past nights under another policy: what would it have refused or held, and what
// would have been spent? At the prices and with the run times of then. Pure.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/policy/rules.h"
#include "server/store/past_jobs.h"

namespace pawl {

enum class Replayed : std::uint8_t { kAdmitted, kHeld, kRefused };

struct ReplayedJob {
  PastJob job;
  Replayed verdict{};
  std::string why;  // the key that refuses or holds, with its place; empty: admitted
};

// Jobs before `from` are taken as they were: they only fill the windows that are still open.
// `jobs` lie in the order of their submits.
Result<std::vector<ReplayedJob>> replay(const Policy& policy, const std::vector<PastJob>& jobs,
                                        Timestamp from);

// "Of 12 jobs since ...: 3 would have been refused, ...", with each key and its first jobs.
std::string describe(const std::vector<ReplayedJob>& jobs, Timestamp from);

}  // namespace pawl
