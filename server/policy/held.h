// What a human has to be asked about: a submit that an [[approve]] rule matches, and a project that
// a [[stop_loss]] has stopped. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/policy/policy.h"

namespace pawl {

// The first rule that matches a request of this stage whose jobs cost `worst` together; or null.
const ApproveRule* needs_approval(const Policy& policy, std::string_view stage, Money worst);

// "$27.00 of stage validate is over $25.00 (policies/default.toml:40:1)"
std::string describe(const ApproveRule& rule, std::string_view stage, Money worst);

struct AlikeFailure {
  Timestamp at{};
  std::string signature;
};

// What is known since the count began: at the last keep, or when a human let the project go on.
struct StopLossFacts {
  std::vector<AlikeFailure> failures;    // newest first
  std::int32_t without_improvement = 0;  // experiments that ended
  Timestamp now{};
};

// "3 jobs failed alike in 2h: train.py:N: ... (policies/default.toml:50:1)", or nothing while the
// rule is not met.
std::optional<std::string> stopped_by(const StopLossRule& rule, const StopLossFacts& facts);

// The newest end is what met the rule: it was not met before. `facts` include that end.
bool newly_stopped(const StopLossRule& rule, const StopLossFacts& facts);

}  // namespace pawl
