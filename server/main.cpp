// `pawl`: hands the command line what it needs. What the daemon is made of stands in
// server/daemon.cpp.
#include "server/cli/programs.h"
#include "server/daemon.h"
#include "server/doctor.h"
#include "server/policy_command.h"
#include "server/simulate_command.h"

int main(int argc, char** argv) {
  return pawl::run_command_line(
      argc, argv,
      {.version = PAWL_VERSION,
       .serve =
           [](const pawl::Folders& folders, const pawl::ServeOptions& options) {
             return pawl::serve(folders, options, PAWL_VERSION);
           },
       .start_server = pawl::start_server,
       .policy = pawl::policy_command,
       .doctor = pawl::doctor,
       .simulate = pawl::simulate_command});
}
