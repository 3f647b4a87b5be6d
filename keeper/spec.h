// What to run and within which limits: ATTEMPT/keeper/spec, written by the server. Text, one "key
// value" a line; %XX stands for a byte that a line cannot hold. Repeated keys are lists in order.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keeper/clock.h"
#include "server/core/result.h"

namespace pawl::keeper {

struct Spec {
  std::string token;
  std::vector<std::string> build;    // argv; empty: no build step
  std::vector<std::string> command;  // argv
  std::vector<std::string> env;      // NAME=VALUE
  std::vector<std::string>
      box;               // bwrap's argv up to and including "--"; empty: none, only process groups
  std::string workdir;   // where the command runs when there is no box
  bool serves = false;   // a sandbox: there is no command, the keeper's own program takes them
  Milliseconds limit{};  // build and command together, from the keeper's start
  Milliseconds limit_max{};        // of a sandbox: up to here the server may grant more; 0: nothing
  Milliseconds grace{};            // between SIGTERM and SIGKILL
  std::int64_t log_bytes_max = 0;  // kept of each of stdout and stderr
  std::int64_t fsize_max = 0;      // RLIMIT_FSIZE; 0: none

  bool boxed() const { return !box.empty(); }
};

// Refuses unknown keys, numbers that are not plain, and a spec without token, command or limit: a
// limit is never guessed.
Result<Spec> parse_spec(std::string_view text);

}  // namespace pawl::keeper
