// A simulated night for programs.
#pragma once
#include <string>
#include <vector>

#include "server/simulation/night_text.h"

namespace pawl::simulation {

std::string json_of(const std::vector<Rung>& rungs, const std::vector<Compared>& compared);

}  // namespace pawl::simulation
