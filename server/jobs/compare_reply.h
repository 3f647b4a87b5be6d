// What compare_experiments asks and says.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/jobs/requests.h"
#include "server/jobs/sweep_effects.h"
#include "server/source/revision.h"
#include "server/statistics/difference.h"

namespace pawl {

struct CompareRequest {
  std::vector<std::string> jobs;  // handles; or
  std::string round;
};

struct ComparedJob {
  JobLine line;           // with the mean over the seeds of its configuration
  Difference difference;  // to the first
};

// A parameter that is not the same in all: its value in each, empty where it has none.
struct ParamLine {
  std::string name;
  std::vector<std::string> values;
};

// What differs in code from the first. Untrusted.
struct CodeLine {
  std::string job;
  DiffStat stat;
  std::vector<std::string> files;
  std::string text;  // unified
  bool truncated = false;
};

struct CompareReply {
  std::string metric;
  bool lower_is_better = true;
  std::string stage, comparability_class;
  NoiseFloor noise;
  std::vector<ComparedJob> jobs;
  std::vector<ParamLine> params;
  std::vector<CodeLine> code;
  std::string round;
  std::int64_t missing = 0;  // jobs of the round without a result in this stage and class
  std::optional<SweepEffects> effects;  // of a round
};

}  // namespace pawl
