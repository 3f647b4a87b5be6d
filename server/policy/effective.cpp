#include "server/policy/effective.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "server/core/text.h"
#include "server/policy/fields.h"

namespace pawl {
namespace {

template <class V>
using Limit = std::optional<Sourced<V>>;

Cap cap_of(const Limit<Money>& money, const Limit<Milliseconds>& gpu_time) {
  Cap cap;
  if (money) cap = {money->value, std::nullopt, money->source};
  if (gpu_time) {
    cap.gpu_time = gpu_time->value;
    cap.source += (money ? "; " : "") + gpu_time->source;
  }
  return cap;
}

NodeCaps caps_of(const SpendLimits& limits) {
  return {cap_of(limits.total, limits.total_gpu_time), cap_of(limits.day, limits.day_gpu_time),
          cap_of(limits.night, limits.night_gpu_time), cap_of(limits.week, limits.week_gpu_time),
          cap_of(limits.month, limits.month_gpu_time)};
}

template <class V>
Limit<V> smallest(std::initializer_list<Limit<V>> limits) {
  Limit<V> least;
  for (const Limit<V>& limit : limits) {
    if (limit && (!least || limit->value < least->value)) least = limit;
  }
  return least;
}

const Cap& window_of(const NodeCaps& caps, WindowKind window) {
  switch (window) {
    case WindowKind::kTotal:
    case WindowKind::kRound:
    case WindowKind::kExperiment:
      return caps.total;
    case WindowKind::kDay:
      return caps.day;
    case WindowKind::kNight:
      return caps.night;
    case WindowKind::kWeek:
      return caps.week;
    case WindowKind::kMonth:
      return caps.month;
  }
  __builtin_unreachable();
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

StageRules rules_of(const JobLimits& jobs, const Stage& stage) {
  return StageRules{.stage = stage.name,
                    .pools = stage.pools.value,
                    .spot = stage.spot.value,
                    .max_runtime = stage.max_runtime.value_or(jobs.max_runtime),
                    .gpus = stage.gpus_per_job.value_or(jobs.gpus_per_job),
                    .max_concurrent = jobs.max_concurrent,
                    .stage_max_concurrent = stage.max_concurrent,
                    .max_queued = jobs.max_queued,
                    .max_retries = jobs.max_retries};
}

Stage unwritten_environment(const Policy& policy) {
  Stage made{};
  made.name = kEnvironmentStage;
  made.gpus_per_job = Sourced<std::int32_t>{1, std::string(kBuiltIn)};
  for (const Stage& stage : policy.stages) {
    for (const std::string& pool : stage.pools.value) {
      if (std::ranges::find(made.pools.value, pool) == made.pools.value.end())
        made.pools.value.push_back(pool);
    }
  }
  return made;
}

}  // namespace

CapTree caps_for(const Policy& policy, const CapQuery& query) {
  static const SpendLimits kNone;
  const ProjectRule* project_rule = find_project_rule(policy, query.project);
  const AgentRule* agent_rule = find_agent_rule(policy, query.principal);
  const Stage* named = find_stage(policy, query.stage);
  const SpendLimits& project = project_rule != nullptr ? project_rule->limits : kNone;
  const SpendLimits& agent = agent_rule != nullptr ? agent_rule->limits : kNone;
  const SpendLimits& stage = named != nullptr ? named->limits : kNone;
  const auto least = [&](auto money, auto gpu_time, const Limit<Money>& own = {}) {
    return cap_of(
        smallest({stage.*money, agent.*money, project.*money, policy.budget.*money, own}),
        smallest({stage.*gpu_time, agent.*gpu_time, project.*gpu_time, policy.budget.*gpu_time}));
  };
  const Limit<Money> one = query.sandbox ? policy.sandbox.usd : std::nullopt;
  return {least(&SpendLimits::experiment, &SpendLimits::experiment_gpu_time, one),
          least(&SpendLimits::round, &SpendLimits::round_gpu_time),
          caps_of(stage),
          caps_of(agent),
          caps_of(project),
          caps_of(policy.budget)};
}

const Cap& cap_of(const CapTree& caps, NodeKind node, WindowKind window) {
  switch (node) {
    case NodeKind::kExperiment:
      return caps.experiment;
    case NodeKind::kRound:
      return caps.round;
    case NodeKind::kStage:
      return window_of(caps.stage, window);
    case NodeKind::kAgent:
      return window_of(caps.agent, window);
    case NodeKind::kProject:
      return window_of(caps.project, window);
    case NodeKind::kGlobal:
      return window_of(caps.global, window);
  }
  __builtin_unreachable();
}

Result<const Stage*> stage_named(const Policy& policy, std::string_view name) {
  if (const Stage* stage = find_stage(policy, name)) return stage;
  std::vector<std::string> known;
  for (const Stage& stage : policy.stages) known.push_back(stage.name);
  return fail(ErrorKind::kNotFound, fmt::format("no stage is named \"{}\"", name.substr(0, 64)),
              fmt::format("The stages are {}.{}", joined(known), did_you_mean(name, known)));
}

Result<StageRules> rules_for(const Policy& policy, std::string_view principal,
                             std::string_view name) {
  if (name == kEnvironmentStage) {
    const Stage* written = find_stage(policy, name);
    return rules_of(policy.jobs, written == nullptr ? unwritten_environment(policy) : *written);
  }
  TRY(const Stage* const stage, stage_named(policy, name));
  const AgentRule* agent = find_agent_rule(policy, principal);
  if (agent != nullptr && agent->stages &&
      std::ranges::find(agent->stages->value, stage->name) == agent->stages->value.end()) {
    return fail(ErrorKind::kDenied,
                fmt::format("stage {} is not open to {} ({})", stage->name, principal,
                            agent->stages->source),
                fmt::format("Use {}.", joined(agent->stages->value)));
  }
  return rules_of(policy.jobs, *stage);
}

Result<std::int32_t> gpus_for(const StageRules& rules, std::optional<std::int32_t> asked) {
  if (!asked) return rules.gpus.value;
  if (*asked < 1) {
    return fail(ErrorKind::kInvalid, fmt::format("{} GPUs is not a number of GPUs", *asked),
                "Leave it out to get what the stage gives.");
  }
  if (*asked <= rules.gpus.value) return *asked;
  return fail(ErrorKind::kDenied,
              fmt::format("{} GPUs is over the {} that stage {} gives a job ({})", *asked,
                          rules.gpus.value, rules.stage, rules.gpus.source),
              fmt::format("Ask for at most {}, or for another stage.", rules.gpus.value));
}

}  // namespace pawl
