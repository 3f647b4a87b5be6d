// `pawl mcp`: what an MCP client starts. It finds or starts the daemon and passes bytes both ways;
// nothing of value lives in it, so it may be killed at any moment.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "server/core/result.h"
#include "server/protocol/client.h"
#include "server/transport/socket.h"

namespace pawl {

struct DaemonAddress {
  std::filesystem::path socket;
  std::function<Result<void>()> start;  // called when nobody listens; empty: give up at once
  std::chrono::milliseconds start_timeout{10'000};
};

// A connection to the daemon, which is started when nobody listens.
Result<Descriptor> connect_or_start(const DaemonAddress& daemon);

struct ShimOptions {
  DaemonAddress daemon;
  Hello hello;  // client "mcp"
  int input = 0;
  int output = 1;
  int parent = 0;  // the pid whose death ends us, as it was when the program began
};

// Returns a value when the input ended, a signal asked or the parent died; an error when the daemon
// could not be reached or went away. Writes nothing but the daemon's lines to `output`. Takes
// SIGTERM, SIGINT, SIGUSR1 and SIGPIPE from the calling thread for good.
Result<void> run_shim(const ShimOptions& options);

}  // namespace pawl
