// Final metric values of jobs, and the ranking inside one comparability class.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/goal.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct Metric {
  std::string name;
  double value = 0;
  bool operator==(const Metric&) const = default;
};

Result<void> put_metrics(Transaction& transaction, JobId job,
                         std::span<const Metric> metrics);          // replaces by name
Result<std::vector<Metric>> metrics_of(Reader& reader, JobId job);  // by name
Result<std::optional<double>> metric_of(Reader& reader, JobId job, const std::string& name);

struct LeaderboardFilter {
  ProjectId project;
  std::string metric;
  Direction direction = Direction::kMin;
  std::optional<std::string> comparability_class{}, stage{};
  EventId since{};  // what ended after it; a final state and its row never change
  std::int32_t limit = 10;
};

struct LeaderboardRow {
  JobId job;
  std::int32_t number = 0;
  std::string title, agent, stage, comparability_class, commit, base_commit, params;
  std::int64_t seed = 0;
  std::int32_t repeat = 0;
  double value = 0;
  Money cost;
  Milliseconds billed{0};
  Timestamp finished{};
};
// Succeeded jobs only, best first; equal values in order of submission.
Result<std::vector<LeaderboardRow>> leaderboard(Reader& reader, const LeaderboardFilter& filter);

// The classes in which the project has succeeded jobs with this metric, most jobs first.
Result<std::vector<std::string>> classes_of(Reader& reader, ProjectId project,
                                            const std::string& metric);

}  // namespace pawl
