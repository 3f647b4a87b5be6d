// `pawl policy check | test | schema`: reads policy files as the daemon would and prints what they
// mean. `explain` where no server runs: what the last one left in force.
#pragma once
#include "server/cli/programs.h"

namespace pawl {

int policy_command(const Folders& folders,
                   const PolicyCommand& command);  // exit code: 0, or 1 when it does not parse

}  // namespace pawl
