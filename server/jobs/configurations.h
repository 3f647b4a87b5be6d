// Runs that differ in their seed only are one configuration: it is ranked, kept and doubted by the
// mean over its seeds. Pure.
#pragma once
#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/goal.h"
#include "server/store/job_metrics.h"

namespace pawl {

// A mean and how many seeds it is of.
struct SeedMean {
  double value = 0;
  std::int64_t seeds = 0;
  bool operator==(const SeedMean&) const = default;
};

// Results rank inside one stage and one comparability class only.
struct Setting {
  std::string stage, comparability_class;
  auto operator<=>(const Setting&) const = default;
};

struct Configuration {
  Setting setting;
  std::string content;               // what its files and parameters amount to
  std::vector<LeaderboardRow> runs;  // as submitted
  std::vector<double> values;        // one a seed, in the order in which the seeds came
  SeedMean all;
  // Without the first seed: that one was looked at when the configuration was chosen, so it is too
  // good on average. Absent below two seeds.
  std::optional<SeedMean> fresh;
};

struct ConfiguredRun {
  std::string content;
  LeaderboardRow row;
};

// Best mean first; of equal means the one with more seeds, then the earlier. Shared, because what
// ended stays as it is: a longer list has the same ones but those that were run again.
using Configurations = std::vector<std::shared_ptr<const Configuration>>;

// What `more` makes of the `known`. Runs of one seed count as one, by their mean.
Configurations with_runs(Configurations known, const std::vector<ConfiguredRun>& more,
                         Direction direction);

// The one that `job` is a run of, or null.
const Configuration* configuration_of(const Configurations& all, JobId job);

// Those files and parameters in that setting, or null.
const Configuration* find_configuration(const Configurations& all, const Setting& setting,
                                        const std::string& content);
// ... in whichever setting stands first.
const Configuration* find_configuration(const Configurations& all, const std::string& content);

}  // namespace pawl
