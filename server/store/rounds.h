// Rounds: the jobs of one sweep. Counted per project, as jobs are.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct Round {
  RoundId id;
  ProjectId project;
  std::int32_t number = 0;  // r1, r2, ... in its project
  std::string title, agent;
  Timestamp created{};
};

Result<Round> insert_round(Transaction& transaction, ProjectId project, const std::string& title,
                           const std::string& agent);
// The round asked for this job, too, and was given it back.
Result<void> add_reused(Transaction& transaction, RoundId round, JobId job);
Result<std::vector<JobId>> reused_in(Reader& reader, RoundId round);  // in order of submission

Result<Round> find_round(Reader& reader, RoundId id);  // NOT_FOUND
Result<std::optional<Round>> find_round_by_number(Reader& reader, ProjectId project,
                                                  std::int32_t number);
Result<std::vector<Round>> list_rounds(Reader& reader, ProjectId project);  // newest first

}  // namespace pawl
