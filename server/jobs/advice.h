// Where the shape of the work wants something else than what was asked. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/budget/history.h"
#include "server/core/money.h"

namespace pawl {

struct WorkShape {
  Milliseconds limit{0};                        // of one attempt, as asked
  Milliseconds stage_max{0};                    // the most that the stage allows
  std::vector<PastRun> runs;                    // of this project and stage
  std::optional<Milliseconds> startup, billed;  // of an earlier run: before its command, and in all
  bool noise_measured = false;
};

// Full sentences, each with the figures it rests on; empty when nothing is to be said.
std::vector<std::string> advice_on(const WorkShape& shape);

}  // namespace pawl
