// The spend policy as values: who may spend what, when, on which stages. Made from the human's
// policy files by parse_rules (rules.h), asked by effective.h. Every value knows the place in a
// file that set it.
#pragma once
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

// The ceilings of one node of the budget tree; an absent one does not limit.
struct SpendLimits {
  std::optional<Sourced<Money>> total, day, experiment;
  std::optional<Sourced<Milliseconds>> total_gpu_time, day_gpu_time, experiment_gpu_time;
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

// [stage.NAME]: minutes and GPUs replace the [jobs] default; max_concurrent counts this stage's
// jobs and holds beside it.
struct Stage {
  std::string name;
  Sourced<std::vector<std::string>>
      pools;  // in the order of preference among equal prices; never empty
  std::optional<Sourced<Milliseconds>> max_runtime;
  std::optional<Sourced<std::int32_t>> gpus_per_job, max_concurrent;
  bool operator==(const Stage&) const = default;
};

struct Policy {
  Sourced<std::string> timezone;  // an IANA name that exists: windows and resets are in this zone
  SpendLimits budget;             // the global node; `total` or `day` is always set
  JobLimits jobs;
  std::vector<Stage> stages;  // in the order of the files
  std::vector<ProjectRule> projects;
  std::vector<AgentRule> agents;
  bool operator==(const Policy&) const = default;
};

// The stage of that name, and the rules that apply; or null.
const Stage* find_stage(const Policy& policy, std::string_view name);
const ProjectRule* find_project_rule(const Policy& policy, std::string_view project);
const AgentRule* find_agent_rule(const Policy& policy, std::string_view principal);

// '*' stands for any run of characters, '?' for one; everything else for itself.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace pawl
