#include "server/jobs/configurations.h"

#include <algorithm>
#include <map>

namespace pawl {
namespace {

double mean(const std::vector<double>& values) {
  double result = 0;
  for (const double value : values) result += value / static_cast<double>(values.size());
  return result;
}

// One value a seed, in the order in which the seeds were first submitted.
std::vector<double> values_by_seed(const std::vector<LeaderboardRow>& runs) {
  std::vector<std::int64_t> seeds;
  std::map<std::int64_t, std::vector<double>> values;
  for (const LeaderboardRow& run : runs) {
    auto& of_seed = values[run.seed];
    if (of_seed.empty()) seeds.push_back(run.seed);
    of_seed.push_back(run.value);
  }
  std::vector<double> means;
  for (const std::int64_t seed : seeds) means.push_back(mean(values[seed]));
  return means;
}

Configuration configuration(std::vector<LeaderboardRow> runs) {
  std::ranges::sort(runs, {}, &LeaderboardRow::number);
  std::vector<double> values = values_by_seed(runs);
  Configuration result{.runs = std::move(runs),
                       .all = {mean(values), static_cast<std::int64_t>(values.size())},
                       .fresh = {}};
  values.erase(values.begin());
  if (!values.empty()) {
    result.fresh = SeedMean{mean(values), static_cast<std::int64_t>(values.size())};
  }
  return result;
}

}  // namespace

std::vector<Configuration> configurations(const std::vector<ConfiguredRun>& runs,
                                          Direction direction) {
  std::map<std::string, std::vector<LeaderboardRow>> groups;
  for (const ConfiguredRun& run : runs) groups[run.key].push_back(run.row);
  std::vector<Configuration> all;
  for (auto& [key, group] : groups) all.push_back(configuration(std::move(group)));
  std::ranges::sort(all, [&](const Configuration& a, const Configuration& b) {
    if (a.all.value != b.all.value) return is_better(direction, a.all.value, b.all.value);
    if (a.all.seeds != b.all.seeds) return a.all.seeds > b.all.seeds;
    return a.runs.front().number < b.runs.front().number;
  });
  return all;
}

const Configuration* configuration_of(const std::vector<Configuration>& all, JobId job) {
  const auto found = std::ranges::find_if(all, [&](const Configuration& one) {
    return std::ranges::any_of(one.runs, [&](const LeaderboardRow& run) { return run.job == job; });
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace pawl
