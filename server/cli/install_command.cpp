#include "server/cli/install_command.h"

#include <unistd.h>

#include <iostream>

#include "server/cli/exit_code.h"
#include "server/cli/remote.h"

namespace pawl {
namespace {

void show_what_is_left(const InstallFlags& flags) {
  std::cout << "Whoever may use it joins the group " << flags.user << " (usermod -aG " << flags.user
            << " NAME) and makes the repository readable for the user " << flags.user << ".\n"
            << "Root approves: `pawl policy approve`, `pawl init`, `pawl token create`.\n"
            << "Close the GPUs to agents, or their shells use them past every cap.\n";
}

}  // namespace

int install_command(const InstallFlags& flags) {
  if (!flags.system) {
    std::cerr << "pawl: install needs --system\nWithout an installation pawl runs as you: the "
                 "first `pawl mcp` starts it.\n";
    return kExitUsage;
  }
  const InstallFacts facts = read_install_facts(flags);
  const auto steps = flags.uninstall ? plan_uninstall(flags, facts) : plan_install(flags, facts);
  if (!flags.dry_run && geteuid() != 0) {
    std::cerr << "pawl: install --system needs root\n--dry-run shows every step.\n";
    return kExitDenied;
  }
  for (const InstallStep& step : steps) {
    std::cout << step.told << "\n" << std::flush;
    if (flags.dry_run) continue;
    if (const auto taken = take(step, flags.user); !taken) return print(taken.error());
  }
  if (!flags.uninstall) show_what_is_left(flags);
  return kExitOk;
}

}  // namespace pawl
