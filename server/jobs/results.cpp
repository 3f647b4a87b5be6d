#include "server/jobs/results.h"

#include <spdlog/spdlog.h>

#include "server/budget/estimate.h"
#include "server/records/failure.h"
#include "server/records/run_files.h"

namespace pawl {
namespace {

constexpr std::size_t kArtifactsMax = 1000;

GoalMetric goal_of(const FinalMetrics& metrics, const std::string& key) {
  if (metrics.values.contains(key)) return GoalMetric::kPresent;
  return metrics.not_finite.contains(key) ? GoalMetric::kNotFinite : GoalMetric::kMissing;
}

Result<void> write_cost_file(const AttemptFolder& folder, const EndFacts& facts) {
  return write_cost(
      folder, {.price = facts.attempt.rate.per_unit(),
               .units = facts.attempt.units,
               .reserved = amount_of(facts.attempt.rate, facts.attempt.units, facts.attempt.gpus,
                                     facts.attempt.worst_case),
               .settled = facts.settled,
               .phases = {{"build", facts.record.build}, {"command", facts.record.command}}});
}

}  // namespace

Results read_results(const AttemptFolder& folder, const Project& project,
                     const ExitRecord& record) {
  Results results{.metric = project.goal_metric};
  const bool whole = record.outcome != Outcome::kLost && record.outcome != Outcome::kNotStarted &&
                     record.outcome != Outcome::kPreempted;
  if (!whole) return results;
  auto read = read_final_metrics(folder);
  if (!read) {
    spdlog::warn("metrics of {}: {}", folder.root.string(), read.error().message);
    return results;
  }
  results.final_metrics = *std::move(read);
  results.goal = goal_of(results.final_metrics, results.metric);
  for (const auto& [name, value] : results.final_metrics.values)
    results.metrics.push_back({name, value});
  return results;
}

Result<void> write_end_files(const AttemptFolder& folder, const EndFacts& facts) {
  CHECK_OK(write_cost_file(folder, facts));
  const auto& values = facts.results.final_metrics.values;
  const auto goal = values.find(facts.results.metric);
  const auto failure = read_failure(folder);
  const bool good = facts.ending.event == JobEvent::kExitedWell;
  return write_result(
      folder,
      {.state = good ? "succeeded" : std::string(name_of(facts.record.outcome)),
       .reason = std::string(name_of(facts.ending.reason)),
       .metric = facts.results.metric,
       .value = goal == values.end() ? std::nullopt : std::optional(goal->second),
       .metrics = facts.results.final_metrics,
       .artifacts = list_artifacts(folder, kArtifactsMax).value_or(std::vector<std::string>()),
       .error_signature = good || !failure ? "" : failure->signature});
}

}  // namespace pawl
