// Commands added to the command line's parser, for the files that each describe some of them.
#pragma once
#include "server/cli/options.h"

namespace CLI {
class App;
}

namespace pawl {

CLI::App& add_command(CLI::App& app, Options& options, Command command, const char* name,
                      const char* about);

void add_first_steps(CLI::App& app, Options& options);  // init, setup, install

}  // namespace pawl
