// `pawl setup claude | codex`.
#pragma once
#include "server/cli/programs.h"
#include "server/setup/setup.h"

namespace pawl {

int setup_command(const SetupFlags& flags, const Folders& folders);  // the exit code

}  // namespace pawl
