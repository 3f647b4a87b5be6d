// Rows to the lines that replies show: with deltas to what the project has reached, in units of its
// noise.
#pragma once
#include "server/core/result.h"
#include "server/jobs/requests.h"
#include "server/jobs/world.h"
#include "server/jobs/yardstick.h"
#include "server/store/jobs.h"
#include "server/store/transaction.h"

namespace pawl {

// With its delta to what was reached in its own stage and class.
Result<JobLine> line_of(const World& world, Reader& reader, const JobRow& job,
                        const Yardstick& yardstick);

// A configuration as one line: its first job stands for it, with the mean over its seeds and its
// delta to the base.
Result<JobLine> line_of(const World& world, Reader& reader, const Configuration& tried,
                        const Yardstick& yardstick);

}  // namespace pawl
