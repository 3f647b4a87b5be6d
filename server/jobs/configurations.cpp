#include "server/jobs/configurations.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "server/statistics/difference.h"

namespace pawl {
namespace {

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
  for (const std::int64_t seed : seeds) means.push_back(mean_of(values[seed]));
  return means;
}

Configuration configuration(std::string content, std::vector<LeaderboardRow> runs) {
  std::ranges::sort(runs, {}, &LeaderboardRow::number);
  const std::vector<double> values = values_by_seed(runs);
  const auto seeds = std::ssize(values);
  Configuration result{.setting = {runs.front().stage, runs.front().comparability_class},
                       .content = std::move(content),
                       .runs = std::move(runs),
                       .values = values,
                       .all = {mean_of(values), seeds},
                       .fresh = {}};
  if (seeds > 1) result.fresh = SeedMean{mean_of(std::span(values).subspan(1)), seeds - 1};
  return result;
}

}  // namespace

std::vector<Configuration> configurations(const std::vector<ConfiguredRun>& runs,
                                          Direction direction) {
  std::map<std::array<std::string_view, 3>, std::vector<LeaderboardRow>> groups;
  for (const auto& [content, row] : runs)
    groups[{row.stage, row.comparability_class, content}].push_back(row);
  std::vector<Configuration> all;
  all.reserve(groups.size());
  for (auto& [key, group] : groups)
    all.push_back(configuration(std::string(key[2]), std::move(group)));
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

const Configuration* find_configuration(const std::vector<Configuration>& all,
                                        const Setting& setting, const std::string& content) {
  const auto found = std::ranges::find_if(all, [&](const Configuration& one) {
    return one.setting == setting && one.content == content;
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace pawl
