// Every key of a policy file, once; the pools' are in pool_keys.h.
#pragma once
#include "server/policy/fields.h"
#include "server/policy/policy.h"

namespace pawl {

// The keys that stand above the first section.
struct TopText {
  std::int32_t format = 1;
  Sourced<std::string> timezone;
  Sourced<Mode> mode;
};
const Fields<TopText>& top_fields();  // policy, timezone, mode

// [budget]: the global node's ceilings, and what is said of every ceiling.
struct BudgetText {
  SpendLimits limits;
  Sourced<OnCut> on_cut;
  Sourced<std::vector<double>> warn_at;
};
const Fields<BudgetText>& budget_fields();
const Fields<SpendLimits>& spend_fields();      // the ceilings of any node
const Fields<JobLimits>& job_fields();          // [jobs]
const Fields<SandboxLimits>& sandbox_fields();  // [sandbox]
const Fields<Stage>& stage_fields();            // [stage.NAME]
const Fields<ProjectRule>& project_fields();    // [[project]]
const Fields<AgentRule>& agent_fields();        // [[agent]]

const Fields<ApproveRule>& approve_fields();     // [[approve]]
const Fields<QuietRule>& quiet_fields();         // [[quiet]]
const Fields<StopLossRule>& stop_loss_fields();  // [[stop_loss]]
const Fields<NotifyRule>& notify_fields();       // [notify]

// `night = { usd, window }`, or a plain amount.
struct NightText {
  std::optional<Money> usd;
  std::optional<DailyWindow> window;
};
Result<NightText> read_night(const TomlNode& node);
inline constexpr DailyWindow kNightHours{22 * 60, 7 * 60};  // where no file says otherwise

const std::vector<std::string>& notify_events();

}  // namespace pawl
