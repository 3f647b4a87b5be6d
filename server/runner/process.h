// Running programs to their end. The only file of the server that starts processes, and it never
// runs our code in one of them: posix_spawn, an explicit environment, no inherited descriptor, no
// shell.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "server/core/money.h"
#include "server/core/result.h"

namespace pawl {

struct ProgramEnd {
  int code = 0;  // exit code, or 128 + signal
  bool timed_out = false;
  std::string errors;  // the last bytes of stderr
};

// argv[0] is an absolute path. The environment is exactly `env` (NAME=VALUE); stdin and stdout are
// /dev/null. Kills the program (not what it left behind) after `limit`.
Result<ProgramEnd> run_program(const std::vector<std::string>& argv,
                               const std::vector<std::string>& env, Milliseconds limit);

// Starts a program in a session of its own, with our environment, and does not wait for it. Its
// stdout and stderr are appended to `log`.
Result<void> spawn_detached(const std::vector<std::string>& argv, const std::filesystem::path& log);

// Starts a program that reads from and writes to `socket`, with our environment and our stderr. Its
// end must be awaited.
Result<pid_t> spawn_speaking(const std::vector<std::string>& argv, int socket);

// Waits for the end of a program that was started here, and kills it after `limit`.
ProgramEnd await_end(pid_t pid, Milliseconds limit);

// The program that `name` stands for in the PATH of this process; empty when there is none.
std::string find_in_path(const std::string& name);

}  // namespace pawl
