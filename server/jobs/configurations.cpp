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

std::shared_ptr<const Configuration> configuration(std::string content,
                                                   std::vector<LeaderboardRow> runs) {
  std::ranges::sort(runs, {}, &LeaderboardRow::number);
  std::vector<double> values = values_by_seed(runs);
  const auto seeds = std::ssize(values);
  auto made = std::make_shared<Configuration>();
  made->setting = {runs.front().stage, runs.front().comparability_class};
  made->content = std::move(content);
  made->runs = std::move(runs);
  made->all = {mean_of(values), seeds};
  if (seeds > 1) made->fresh = SeedMean{mean_of(std::span(values).subspan(1)), seeds - 1};
  made->values = std::move(values);
  return made;
}

template <class F>
const Configuration* first(const Configurations& all, F is_it) {
  const auto found = std::ranges::find_if(all, [&](const auto& one) { return is_it(*one); });
  return found == all.end() ? nullptr : found->get();
}

}  // namespace

Configurations with_runs(Configurations known, const std::vector<ConfiguredRun>& more,
                         Direction direction) {
  if (more.empty()) return known;
  std::map<std::array<std::string_view, 3>, std::vector<LeaderboardRow>> groups;
  for (const auto& [content, row] : more)
    groups[{row.stage, row.comparability_class, content}].push_back(row);
  std::erase_if(known, [&](const auto& one) {
    const auto again =
        groups.find({one->setting.stage, one->setting.comparability_class, one->content});
    if (again == groups.end()) return false;
    again->second.insert(again->second.end(), one->runs.begin(), one->runs.end());
    return true;
  });
  Configurations changed;
  for (auto& [key, group] : groups)
    changed.push_back(configuration(std::string(key[2]), std::move(group)));
  const auto better = [&](const auto& a, const auto& b) {
    if (a->all.value != b->all.value) return is_better(direction, a->all.value, b->all.value);
    if (a->all.seeds != b->all.seeds) return a->all.seeds > b->all.seeds;
    return a->runs.front().number < b->runs.front().number;
  };
  std::ranges::sort(changed, better);
  const auto middle = known.insert(known.end(), changed.begin(), changed.end());
  std::ranges::inplace_merge(known, middle, better);
  return known;
}

const Configuration* configuration_of(const Configurations& all, JobId job) {
  return first(all, [&](const Configuration& one) {
    return std::ranges::any_of(one.runs, [&](const LeaderboardRow& run) { return run.job == job; });
  });
}

const Configuration* find_configuration(const Configurations& all, const Setting& setting,
                                        const std::string& content) {
  return first(all, [&](const Configuration& one) {
    return one.setting == setting && one.content == content;
  });
}

const Configuration* find_configuration(const Configurations& all, const std::string& content) {
  return first(all, [&](const Configuration& one) { return one.content == content; });
}

}  // namespace pawl
