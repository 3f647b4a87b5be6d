// The daemon: builds everything, bottom up, serves until a signal, and takes it down again.
// Attempts go on without it.
#pragma once
#include <string>

#include "server/cli/programs.h"
#include "server/core/result.h"

namespace pawl {

// Until SIGTERM or SIGINT; SIGHUP reads the policy again. The value is the exit code. One server a
// state directory, kept by a lock.
int serve(const Folders& folders, const ServeOptions& options, const std::string& version);

// Starts `pawl serve` in a session of its own, and returns at once.
Result<void> start_server(const Folders& folders);

}  // namespace pawl
