// A refusal as the agent reads it. Text is made here and nowhere else.
#pragma once
#include <string>

#include "server/budget/admission.h"
#include "server/core/result.h"

namespace pawl {

// What was asked, in the agent's words.
struct RefusedRequest {
  std::int32_t count = 1;
  std::string stage;
  Amount each;           // worst case of one
  std::int32_t fit = 0;  // how_many_fit(view, each)
  Timestamp now{};
};

// budget.day of project tiny: 5 x screen would reserve $27.00; $22.10 of today's $40.00 is left
// (policies/default.toml:12:17)
std::string describe(const Refusal& refusal, const RefusedRequest& request);

// "budget.day of project tiny"
std::string name_of_window(const Balance& window);

// The same as a kDenied Error. The hint gives spent and reserved and lists the ways out: how many
// fit, when to retry, or that it is never (L19).
Error to_error(const Refusal& refusal, const RefusedRequest& request);

}  // namespace pawl
