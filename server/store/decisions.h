// The staircase: what was kept, what was discarded, and why.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

enum class Decision : std::uint8_t { kKeep, kDiscard, kCrash, kIdea, kNote };
std::string_view name_of(Decision decision);
std::optional<Decision> decision(std::string_view name);

struct NewDecision {
  ProjectId project;
  std::optional<JobId> job{};  // an idea or a note may stand alone
  Decision decision{};
  std::string why, agent;
  std::optional<double> value{}, delta{};  // of the goal metric; delta to the best before
};

struct DecisionRow : NewDecision {
  std::int64_t id = 0;
  Timestamp at{};
};

Result<DecisionRow> record_decision(Transaction& transaction,
                                    const NewDecision& decision);  // writes its event too
Result<std::vector<DecisionRow>> list_decisions(Reader& reader, ProjectId project,
                                                std::int32_t limit);  // newest first

}  // namespace pawl
