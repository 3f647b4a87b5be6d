// Every world that a protocol can reach, breadth first: the first violation found is a shortest
// one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/launch_protocol.h"

namespace pawl::model {

// How many reached worlds show that the interesting paths were walked.
struct Coverage {
  std::int64_t done = 0, second_attempt_done = 0, adopted = 0, declared_dead = 0, two_crashes = 0;
};

struct Exploration {
  std::int64_t worlds = 0;
  std::optional<Violation> violation;
  std::vector<std::string> path;  // to the violation
  Coverage coverage;
};

Exploration explore(const Protocol& protocol);

}  // namespace pawl::model
