#include "server/jobs/yardstick.h"

#include <algorithm>

#include "server/policy/params.h"
#include "server/store/events.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

constexpr std::int32_t kAllRows = 100'000;

// The parameters that a run of the base has when nobody gives any.
Result<std::string> default_params(World& world, const Repository& repository,
                                   const Project& project) {
  TRY(const auto description, world.sources.describe(repository, Revision{project.base_commit}));
  const auto params = check_params(description->file.params, {});
  return params ? to_text(*params) : std::string();
}

NoiseFloor noise_of(const Configurations& tried, const Setting& setting) {
  std::vector<std::vector<double>> groups;
  for (const auto& one : tried) {
    if (one->values.size() > 1 && one->setting == setting) groups.push_back(one->values);
  }
  return noise_floor(groups);
}

std::optional<SeedMean> mean_in(const Yardstick& seen, const Setting& setting,
                                const std::string& content) {
  const Configuration* const found = find_configuration(seen.tried, setting, content);
  return found == nullptr ? std::nullopt : std::optional(found->all);
}

// The setting in which most seeds of the base ran; of equal ones, or without a base, in which most
// configurations did.
Setting busiest(const Yardstick& seen) {
  std::map<Setting, std::pair<std::int64_t, std::int64_t>> counts;
  for (const auto& one : seen.tried) {
    auto& [of_base, all] = counts[one->setting];
    if (one->content == seen.base) of_base += one->all.seeds;
    ++all;
  }
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? Setting() : most->first;
}

}  // namespace

const Scale& Yardstick::scale(const Setting& setting) const {
  static const Scale kNothing;
  const auto found = scales.find(setting);
  return found == scales.end() ? kNothing : found->second;
}

NoiseFloor Yardstick::noise_in(const std::string& stage) const {
  NoiseFloor most;
  for (const auto& [setting, scale] : scales) {
    if (setting.stage == stage && scale.noise.samples > most.samples) most = scale.noise;
  }
  return most;
}

const Configuration* Yardstick::reference_in(const Setting& setting) const {
  return find_configuration(tried, setting, best);
}

Yardstick measured(Yardstick seen, std::optional<JobId> best) {
  const Configuration* const kept = best ? configuration_of(seen.tried, *best) : nullptr;
  seen.best = kept != nullptr ? kept->content : seen.base;
  seen.home = kept != nullptr ? kept->setting : busiest(seen);
  for (const auto& one : seen.tried) {
    if (seen.scales.contains(one->setting)) continue;
    seen.scales[one->setting] = {.base = mean_in(seen, one->setting, seen.base),
                                 .reached = mean_in(seen, one->setting, seen.best),
                                 .noise = noise_of(seen.tried, one->setting)};
  }
  return seen;
}

std::string content_of(World& world, const Repository& repository, const Revision& revision,
                       const std::string& params) {
  const auto description = world.sources.describe(repository, revision);
  return (description ? (*description)->tree : revision.commit) + "\n" + params;
}

Result<Yardstick> yardstick(World& world, Reader& reader, const Project& project) {
  TRY(const EventId now, last_event(reader));
  const RankedBy goal{project.id, project.goal_metric, project.direction};
  auto [through, tried] = world.measured.of(goal, now);
  TRY(auto rows, leaderboard(reader, {.project = project.id,
                                      .metric = project.goal_metric,
                                      .direction = project.direction,
                                      .since = through,
                                      .limit = kAllRows}));
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const std::string defaults, default_params(world, repository, project));
  std::vector<ConfiguredRun> runs;
  runs.reserve(rows.size());
  for (LeaderboardRow& row : rows) {
    std::string content = content_of(world, repository, Revision{row.commit}, row.params);
    runs.push_back({std::move(content), std::move(row)});
  }
  tried = with_runs(std::move(tried), runs, project.direction);
  if (!runs.empty() && reader.is_committed()) world.measured.keep(goal, {now, tried});
  return measured({.metric = project.goal_metric,
                   .direction = project.direction,
                   .tried = std::move(tried),
                   .base = content_of(world, repository, Revision{project.base_commit}, defaults),
                   .best = {},
                   .home = {},
                   .scales = {}},
                  project.best_job);
}

}  // namespace pawl
