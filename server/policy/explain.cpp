#include "server/policy/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "server/core/text.h"
#include "server/policy/effective.h"
#include "server/policy/tighter.h"

namespace pawl {
namespace {

std::string text_of(Money money) { return "$" + format_usd(money); }

std::string text_of(Milliseconds gpu_time) {
  return fmt::format("{:.2f} GPU-hours", static_cast<double>(gpu_time.count()) / 3'600'000.0);
}

// The limits of one thing at the three levels, and which of them binds.
template <class V>
struct Level {
  std::string name;  // "project tiny"
  const std::optional<Sourced<V>>* limit;
};

template <class V>
std::string lines_of(std::string_view what, const std::vector<Level<V>>& levels) {
  const std::optional<Sourced<V>>* least = nullptr;
  for (const Level<V>& level : levels) {
    if (*level.limit && (least == nullptr || (*level.limit)->value < (*least)->value))
      least = level.limit;
  }
  if (least == nullptr) return "";  // most windows have no limit
  std::string text;
  for (const Level<V>& level : levels) {
    if (!*level.limit) continue;
    text += fmt::format("{:<22} {:<20} {} ({}){}\n", text.empty() ? what : "",
                        text_of((*level.limit)->value), level.name, (*level.limit)->source,
                        level.limit == least ? "  <- smallest" : "");
  }
  return text;
}

std::string spend_lines(const Policy& policy, const ExplainQuery& query) {
  static const SpendLimits kNone;
  const AgentRule* agent = find_agent_rule(policy, query.principal);
  const ProjectRule* project = find_project_rule(policy, query.project);
  const Stage* stage = find_stage(policy, query.stage);
  const std::vector<std::pair<std::string, const SpendLimits*>> nodes = {
      {"stage " + query.stage, stage != nullptr ? &stage->limits : &kNone},
      {"agent " + query.principal, agent != nullptr ? &agent->limits : &kNone},
      {"project " + query.project, project != nullptr ? &project->limits : &kNone},
      {"global", &policy.budget}};
  const auto lines = [&](std::string_view what, auto member) {
    using V = typename std::remove_cvref_t<decltype(policy.budget.*member)>::value_type;
    std::vector<Level<decltype(V::value)>> levels;
    for (const auto& [name, limits] : nodes) levels.push_back({name, &(limits->*member)});
    return lines_of(fmt::format("budget.{}", what), levels);
  };
  using L = SpendLimits;
  return lines("total", &L::total) + lines("day", &L::day) + lines("night", &L::night) +
         lines("week", &L::week) + lines("month", &L::month) + lines("round", &L::round) +
         lines("experiment", &L::experiment) + lines("total_gpu_hours", &L::total_gpu_time) +
         lines("day_gpu_hours", &L::day_gpu_time) + lines("night_gpu_hours", &L::night_gpu_time) +
         lines("week_gpu_hours", &L::week_gpu_time) + lines("month_gpu_hours", &L::month_gpu_time) +
         lines("round_gpu_hours", &L::round_gpu_time) +
         lines("experiment_gpu_hours", &L::experiment_gpu_time);
}

std::string row(std::string_view what, const std::string& value, const std::string& source) {
  return fmt::format("{:<22} {:<20} ({})\n", what, value, source);
}

bool concerns(const QuietRule& rule, const std::vector<std::string>& pools) {
  return rule.pools.empty() || std::ranges::any_of(pools, [&](const std::string& pool) {
           return std::ranges::find(rule.pools, pool) != rule.pools.end();
         });
}

// What may hold a job of the stage back, or ask for more than money.
std::string condition_lines(const Policy& policy, const Stage& stage) {
  std::string text;
  if (stage.spot.value != Spot::kNever)
    text += row("spot", shown(stage.spot.value), stage.spot.source);
  if (stage.needs) text += row("requires", shown(stage.needs->value), stage.needs->source);
  for (const ApproveRule& rule : policy.approvals) {
    if (rule.stage.value_or(stage.name) != stage.name) continue;
    text +=
        row("approval", rule.usd_over ? "over " + text_of(*rule.usd_over) : "always", rule.source);
  }
  for (const QuietRule& rule : policy.quiet) {
    if (concerns(rule, stage.pools.value)) text += row("quiet", shown(rule.window), rule.source);
  }
  if (policy.mode.value == Mode::kWarn)
    text += row("mode", "warn: nothing is refused", policy.mode.source);
  return text;
}

std::string stage_lines(const Policy& policy, const ExplainQuery& query) {
  const Result<StageRules> rules = rules_for(policy, query.principal, query.stage);
  if (!rules) return fmt::format("stage: {}\n  {}\n", rules.error().message, rules.error().hint);
  const auto number = [](const Sourced<std::int32_t>& n) { return std::to_string(n.value); };
  std::string text =
      row("max_minutes", format_duration(rules->max_runtime.value), rules->max_runtime.source) +
      row("gpus_per_job", number(rules->gpus), rules->gpus.source) +
      row("max_concurrent", number(rules->max_concurrent), rules->max_concurrent.source);
  if (const auto& stage = rules->stage_max_concurrent)
    text += row("  of this stage", number(*stage), stage->source);
  return text + row("max_queued", number(rules->max_queued), rules->max_queued.source) +
         row("max_retries", number(rules->max_retries), rules->max_retries.source) +
         row("pools", fmt::format("{}", fmt::join(rules->pools, ", ")),
             find_stage(policy, query.stage)->pools.source) +
         condition_lines(policy, *find_stage(policy, query.stage));
}

}  // namespace

std::string explain(const Policy& policy, const ExplainQuery& query) {
  const std::string project = query.project.empty() ? "" : ", project " + query.project;
  return fmt::format("principal {}{}, stage {}; days begin at midnight in {} ({})\n\n",
                     query.principal, project, query.stage, policy.timezone.value,
                     policy.timezone.source) +
         spend_lines(policy, query) + "\n" + stage_lines(policy, query);
}

Result<std::string> explain_stages(const Policy& policy, const ExplainQuery& query) {
  if (!query.stage.empty()) {
    CHECK_OK(stage_named(policy, query.stage));
    return explain(policy, query);
  }
  std::string text;
  for (const Stage& stage : policy.stages) {
    ExplainQuery one = query;
    one.stage = stage.name;
    text += (text.empty() ? "" : "\n") + explain(policy, one);
  }
  return text;
}

std::string check_text(const std::expected<Rules, Diagnostics>& parsed) {
  if (!parsed) {
    const std::size_t count = parsed.error().size();
    return format(parsed.error()) +
           fmt::format("{} mistake{}; nothing of these files is in force\n", count,
                       count == 1 ? "" : "s");
  }
  const Policy& policy = parsed->policy;
  return fmt::format(
      "ok: {} stages, {} pools, {} project rules, {} agent rules; days begin at midnight in {}\n",
      policy.stages.size(), parsed->pools.size(), policy.projects.size(), policy.agents.size(),
      policy.timezone.value);
}

}  // namespace pawl
