// Rows to the lines that replies show: with deltas to what the project has reached, in units of its
// noise.
#pragma once
#include <optional>
#include <string>

#include "server/core/result.h"
#include "server/jobs/configurations.h"
#include "server/jobs/noise.h"
#include "server/jobs/requests.h"
#include "server/jobs/world.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"
#include "server/store/transaction.h"

namespace pawl {

// What the project's results are measured against.
struct Yardstick {
  std::string metric;
  Direction direction = Direction::kMin;
  std::optional<double> base;  // mean of the base revision's own runs with its default parameters
  std::optional<double> reached;  // the best that was kept, over all its seeds; else the base
  NoiseFloor noise;
  std::vector<Configuration> tried;  // everything that succeeded, best first
};
Result<Yardstick> yardstick(World& world, Reader& reader, const Project& project);

// `reference`: what deltas are taken to; absent: no delta.
struct LineOptions {
  const Yardstick& yardstick;
  std::optional<double> reference;
};
Result<JobLine> line_of(const World& world, Reader& reader, const JobRow& job,
                        const LineOptions& options);

// The same against what was reached.
Result<JobLine> line_of(const World& world, Reader& reader, const JobRow& job,
                        const Yardstick& yardstick);

// A configuration as one line: its first job stands for it, with the mean over its seeds and its
// delta to the base.
Result<JobLine> line_of(const World& world, Reader& reader, const Configuration& tried,
                        const Yardstick& yardstick);

}  // namespace pawl
