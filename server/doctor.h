// `pawl doctor`: does this machine have what a night needs? Each line says what was found, not what
// was hoped.
#pragma once
#include "server/cli/programs.h"

namespace pawl {

int doctor(const Folders& folders,
           bool json);  // exit code: 0, or 1 when something that is needed is missing

}  // namespace pawl
