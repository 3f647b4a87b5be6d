// What a project's results are measured against: in each stage and class its own base, its own best
// and its own noise.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/configurations.h"
#include "server/jobs/world.h"
#include "server/statistics/noise.h"
#include "server/store/projects.h"
#include "server/store/transaction.h"

namespace pawl {

// Of one setting.
struct Scale {
  std::optional<SeedMean> base;     // the base revision with its default parameters
  std::optional<SeedMean> reached;  // the best that was kept, or the base while nothing was: where
                                    // it ran here
  NoiseFloor noise;
};

struct Yardstick {
  std::string metric;
  Direction direction = Direction::kMin;
  Configurations tried;    // everything that succeeded, best first
  std::string base, best;  // contents; best is the base while nothing was kept
  Setting home;  // where the best was measured when it was kept; else where the base, or most, ran
  std::map<Setting, Scale> scales;

  const Scale& scale(const Setting& setting) const;  // an empty one where nothing ran
  const Scale& at_home() const { return scale(home); }
  NoiseFloor noise_in(const std::string& stage) const;  // of the class with most repeats there
  const Configuration* reference_in(const Setting& setting) const;  // the best there, or null
};

// Fills in `home` and `scales`. Pure. `best`: the job that was kept last.
Yardstick measured(Yardstick seen, std::optional<JobId> best);

Result<Yardstick> yardstick(World& world, Reader& reader, const Project& project);

// What a revision's files and a job's parameters amount to.
std::string content_of(World& world, const Repository& repository, const Revision& revision,
                       const std::string& params);

}  // namespace pawl
