// The values of the budget tree: nodes, their windows, and what one consistent reading of the
// ledger says about them. Every submit is checked against each window of each node from the
// experiment up to the global one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"

namespace pawl {

// From the widest to the narrowest. An agent and a round lie under their project, an experiment
// under its agent; a stage lies under the global node and holds whoever pays.
enum class NodeKind : std::uint8_t { kGlobal, kProject, kAgent, kStage, kRound, kExperiment };

// kRound and kExperiment: the whole life of one sweep, of one job with all its attempts.
enum class WindowKind : std::uint8_t { kTotal, kDay, kNight, kWeek, kMonth, kRound, kExperiment };

// A ceiling; absent means that nothing limits this unit here.
struct Cap {
  std::optional<Money> money;
  std::optional<Milliseconds> gpu_time;
  std::string source;  // "policies/default.toml:12:17", for refusals; empty where nothing limits
  bool operator==(const Cap&) const = default;
};

// [starts, ends) in UTC. kTotal, kRound and kExperiment never end.
struct Span {
  Timestamp starts{};
  Timestamp ends = Timestamp::max();
  bool operator==(const Span&) const = default;
};

// One (node, window) as the ledger stands: overrun is what was billed beyond the reservation and
// counts against the cap.
struct Balance {
  WindowId id;
  NodeKind node_kind{};
  std::string node_name;
  WindowKind window_kind{};
  Span span;
  Cap cap;
  Amount spent, reserved, overrun;
};

using BudgetView = std::vector<Balance>;  // experiment first, global last

}  // namespace pawl
