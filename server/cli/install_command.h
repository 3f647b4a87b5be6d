// `pawl install --system`.
#pragma once
#include "server/setup/system_install.h"

namespace pawl {

int install_command(const InstallFlags& flags);  // the exit code

}  // namespace pawl
