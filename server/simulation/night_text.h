// A simulated night for people, and the comparison of a scenario's figures with it.
#pragma once
#include <string>
#include <vector>

#include "server/simulation/night.h"

namespace pawl::simulation {

std::string text_of(const Night& night);

// One row of a scenario's ladder: the night with a cause and all those above it.
struct Rung {
  std::string cause;  // "as published" for the first
  Night night;
};
std::string table_of(const std::vector<Rung>& rungs);

struct Compared {
  const ScenarioFigure& figure;
  double simulated = 0;
  bool holds = false;
};
// `rungs`: the first is as published, the last has every change.
std::vector<Compared> compare(const std::vector<ScenarioFigure>& figures,
                              const std::vector<Rung>& rungs);
std::string table_of(const std::vector<Compared>& compared);

}  // namespace pawl::simulation
