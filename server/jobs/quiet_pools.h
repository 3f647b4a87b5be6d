// Quiet hours, for a job that wants to start now.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/policy/quiet.h"
#include "server/policy/rules.h"

namespace pawl {

// Takes out of `pools` those where a run of that limit, with all that may be added to it, could
// still run inside a quiet window. Where none is left: what ends first.
std::optional<Quiet> drop_quiet(std::vector<std::string>& pools, const Rules& rules, Timestamp now,
                                Milliseconds limit);

}  // namespace pawl
