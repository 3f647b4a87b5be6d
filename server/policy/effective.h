// What the policy says for one (principal, project, stage): the smallest of the ceilings that
// match, with its source.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/budget.h"
#include "server/core/result.h"
#include "server/policy/policy.h"

namespace pawl {

// The ceilings of one node's windows. Where money and GPU time are limited in different places,
// Cap::source holds both, money's first, with "; " between them.
struct NodeCaps {
  Cap total, day, night, week, month;
  bool operator==(const NodeCaps&) const = default;
};

struct CapTree {
  Cap experiment, round;  // one job with all its attempts, one sweep: the smallest that the four
                          // levels give it
  NodeCaps stage, agent, project, global;
  bool operator==(const CapTree&) const = default;
};

struct CapQuery {
  std::string_view principal, project, stage;
  bool sandbox = false;  // no experiment: `usd` of [sandbox] limits it like one
};
CapTree caps_for(const Policy& policy, const CapQuery& query);

// The ceiling of one window of one node.
const Cap& cap_of(const CapTree& caps, NodeKind node, WindowKind window);

struct StageRules {
  std::string stage;
  std::vector<std::string> pools;
  Spot spot = Spot::kNever;
  Sourced<Milliseconds> max_runtime;
  Sourced<std::int32_t> gpus;            // an agent may ask for fewer, never for more
  Sourced<std::int32_t> max_concurrent;  // all jobs
  std::optional<Sourced<std::int32_t>> stage_max_concurrent;  // jobs of this stage
  Sourced<std::int32_t> max_queued, max_retries;
  bool operator==(const StageRules&) const = default;
};

// The stage of the builds that pawl submits by itself. A policy may write it down; where it does
// not, such a build may run in every pool that some stage names. No agent can ask for it.
inline constexpr std::string_view kEnvironmentStage = "environment";

// kNotFound, with the nearest: no stage has that name.
Result<const Stage*> stage_named(const Policy& policy, std::string_view name);

// kNotFound: no such stage. kDenied: the principal's rule does not list it.
Result<StageRules> rules_for(const Policy& policy, std::string_view principal,
                             std::string_view stage);

// How many GPUs a job gets: what it asked for, or the stage's number. kDenied when it asked for
// more.
Result<std::int32_t> gpus_for(const StageRules& rules, std::optional<std::int32_t> asked);

}  // namespace pawl
