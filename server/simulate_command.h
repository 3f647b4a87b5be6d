// `pawl simulate`: lives through a scenario's night and says what it brought.
#pragma once
#include "server/cli/programs.h"

namespace pawl {

int simulate_command(const SimulateCommand& command);

}  // namespace pawl
