// The spend policy as values: who may spend what, when, on which stages. Made from the human's
// policy files by parse_rules (rules.h), asked by effective.h. Every value knows the place in a
// file that set it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/money.h"

namespace pawl {

// A value and where it stands: "policies/default.toml:12:17", or "built-in default".
template <class T>
struct Sourced {
  T value{};
  std::string source;
  bool operator==(const Sourced&) const = default;
};

// What happens to an excess over the policy.
enum class Mode : std::uint8_t {
  kEnforce,
  kWarn,  // report only: nothing is refused, every reply says what would have been
};

// What a lowered cap does to work that runs under it.
enum class OnCut : std::uint8_t {
  kDrain,  // it finishes inside its reservation
  kKill,
};

enum class Spot : std::uint8_t { kNever, kPrefer, kOnly };

// Minutes of local days, from `from` to `to`: over midnight where `to` is not after `from`. Both in
// [0, 1440).
struct DailyWindow {
  std::int32_t from = 0, to = 0;
  bool operator==(const DailyWindow&) const = default;
};

// The ceilings of one node of the budget tree; an absent one does not limit.
struct SpendLimits {
  std::optional<Sourced<Money>> total, day, night, week, month, round, experiment;
  std::optional<Sourced<Milliseconds>> total_gpu_time, day_gpu_time, night_gpu_time, week_gpu_time,
      month_gpu_time, round_gpu_time, experiment_gpu_time;
  bool operator==(const SpendLimits&) const = default;
};

// [[project]]: the first rule whose glob matches the project's name applies.
struct ProjectRule {
  std::string match;
  SpendLimits limits;
  std::string source;
  bool operator==(const ProjectRule&) const = default;
};

// [[agent]]: the first rule whose glob matches the principal's name (a token's name, or the user's)
// applies.
struct AgentRule {
  std::string match;
  SpendLimits limits;
  std::optional<Sourced<std::vector<std::string>>> stages;  // allow-list; absent allows every stage
  std::string source;
  bool operator==(const AgentRule&) const = default;
};

// [jobs]: what holds where a stage says nothing of its own.
struct JobLimits {
  Sourced<std::int32_t> max_concurrent, max_queued, max_retries, gpus_per_job;
  Sourced<Milliseconds> max_runtime;  // of one attempt, build and startup included
  bool operator==(const JobLimits&) const = default;
};

// [stage.NAME] requires: what a job of the stage has to have shown before.
struct Promotion {
  std::string from;            // the stage in which the same configuration succeeded
  double min_improvement = 0;  // over the project's best there, towards the goal
  bool operator==(const Promotion&) const = default;
};

// [stage.NAME]: minutes and GPUs replace the [jobs] default; max_concurrent counts this stage's
// jobs and holds beside it.
struct Stage {
  std::string name;
  SpendLimits limits;  // of all its jobs, whoever pays
  Sourced<std::vector<std::string>>
      pools;  // in the order of preference among equal prices; never empty
  std::optional<Sourced<Milliseconds>> max_runtime;
  std::optional<Sourced<std::int32_t>> gpus_per_job, max_concurrent;
  Sourced<Spot> spot;
  std::optional<Sourced<Promotion>> needs;  // `requires` in the file
  bool operator==(const Stage&) const = default;
};

// [[approve]]: what matches is held until a human says yes; the first rule that matches is named.
struct ApproveRule {
  std::optional<std::string> stage;  // absent: every stage
  std::optional<Money> usd_over;     // of the worst case of everything asked for at once
  Milliseconds expires{0};           // how long the question stands
  std::string source;
  bool operator==(const ApproveRule&) const = default;
};

// [[quiet]]: nothing starts there that could still run inside the window.
struct QuietRule {
  std::array<bool, 7> days{};  // Monday first: the days on which the window begins
  DailyWindow window;
  std::vector<std::string> pools;  // empty: all
  std::string reason, source;
  bool operator==(const QuietRule&) const = default;
};

enum class StopAction : std::uint8_t { kHold, kNotify };

// [[stop_loss]]: exactly one of the two conditions is set.
struct StopLossRule {
  std::string name;
  std::optional<std::int32_t> same_error_signature;             // so many failures alike ...
  Milliseconds within{0};                                       // ... in this time
  std::optional<std::int32_t> experiments_without_improvement;  // since the last keep
  StopAction action{};
  std::string source;
  bool operator==(const StopLossRule&) const = default;
};

// [notify]: `url` may be "env:NAME", so that no secret stands in a file.
struct NotifyRule {
  std::vector<std::string> on;  // events: "budget.warn", "approval.needed", ...
  std::string url, source;      // an empty url: nobody is told
  bool operator==(const NotifyRule&) const = default;
};

// [sandbox]: what an interactive session may take.
struct SandboxLimits {
  Sourced<std::int32_t> max_open;
  Sourced<Milliseconds> max_runtime, idle;
  std::optional<Sourced<Money>> usd;  // of one sandbox
  Sourced<bool> network;
  bool operator==(const SandboxLimits&) const = default;
};

struct Policy {
  Sourced<std::string> timezone;  // an IANA name that exists: windows and resets are in this zone
  SpendLimits budget;             // the global node; `total` or `day` is always set
  JobLimits jobs;
  SandboxLimits sandbox;
  std::vector<Stage> stages;  // in the order of the files
  std::vector<ProjectRule> projects;
  std::vector<AgentRule> agents;
  Sourced<Mode> mode;
  Sourced<OnCut> on_cut;
  Sourced<DailyWindow> night;            // one for the whole policy; belongs to its evening's date
  Sourced<std::vector<double>> warn_at;  // shares of each cap, rising, in (0, 1]
  std::vector<ApproveRule> approvals;
  std::vector<QuietRule> quiet;
  std::vector<StopLossRule> stop_losses;
  NotifyRule notify;
  bool operator==(const Policy&) const = default;
};

// The stage of that name, and the rules that apply; or null.
const Stage* find_stage(const Policy& policy, std::string_view name);
const ProjectRule* find_project_rule(const Policy& policy, std::string_view project);
const AgentRule* find_agent_rule(const Policy& policy, std::string_view principal);

// '*' stands for any run of characters, '?' for one; everything else for itself.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace pawl
