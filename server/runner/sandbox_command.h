// One command inside a running sandbox, through its keeper's own socket: no path is resolved that
// the sandbox can change.
#pragma once
#include <stop_token>
#include <string>
#include <vector>

#include "server/runner/runner.h"

namespace pawl {

struct CommandRequest {
  std::vector<std::string> command;   // argv
  Milliseconds timeout{};             // then all that it started is killed; the sandbox goes on
  std::int64_t output_bytes_max = 0;  // of stdout and stderr together; half of it from the end
};

enum class CommandOutcome : std::uint8_t { kExited, kSignaled, kTimedOut, kNotStarted };

struct CommandEnd {
  CommandOutcome outcome{};
  std::int64_t code = 0;  // exit code or signal
  std::string problem;    // kNotStarted: what is missing
  Milliseconds took{0};
  std::int64_t bytes = 0;  // of output in all
  std::string head, tail;  // untrusted, as they came; what lies between is gone
};

// Blocks until the command has ended; where another one runs there, its end comes first. ENGINE:
// nobody is there any more. A caller who asks to stop ends the command.
Result<CommandEnd> run_in_sandbox(const AttemptRef& sandbox, const CommandRequest& request,
                                  const std::stop_token& stop);

}  // namespace pawl
