// Every key of a policy file, once.
#pragma once
#include "server/policy/fields.h"
#include "server/policy/policy.h"

namespace pawl {

// The keys that stand above the first section.
struct TopText {
  std::int32_t format = 1;
  Sourced<std::string> timezone;
};
const Fields<TopText>& top_fields();          // policy, timezone
const Fields<SpendLimits>& budget_fields();   // [budget]
const Fields<JobLimits>& job_fields();        // [jobs]
const Fields<Stage>& stage_fields();          // [stage.NAME]
const Fields<ProjectRule>& project_fields();  // [[project]]
const Fields<AgentRule>& agent_fields();      // [[agent]]

}  // namespace pawl
