// `pawl policy check | explain`: reads policy files as the daemon would and prints what they mean.
#pragma once
#include "server/cli/programs.h"

namespace pawl {

int policy_command(const Folders& folders,
                   const PolicyCommand& command);  // exit code: 0, or 1 when it does not parse

}  // namespace pawl
