// What main gives to the command line: the commands whose bodies need more than a connection to the
// server.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "server/core/result.h"

namespace pawl {

struct Folders {
  std::filesystem::path state, config;
  std::filesystem::path run{};  // where the socket lies; empty: in the state folder

  std::filesystem::path socket() const { return (run.empty() ? state : run) / "pawl.sock"; }
  bool of_system() const { return !run.empty(); }  // others may come in; nobody else starts it
};

struct PolicyCommand {
  enum class Verb { kCheck, kInForce, kTest, kSchema } verb = Verb::kCheck;
  std::string file;                    // for check and test; empty: the folder's
  std::int64_t minutes = 60 * 24 * 7;  // for test: how far back
  std::string stage, agent;            // for explain; empty: every stage, the user
  bool json = false;
};

struct SimulateCommand {
  std::string scenario, policy;  // an empty policy: only the scenario's budget limits
  std::uint64_t seed = 1;
  bool json = false;
};

struct ServeOptions {
  std::optional<std::uint16_t> http_port{};  // absent: no HTTP; 0: any that is free
};

// Each int is the exit code of the process; the functions print for themselves.
struct Programs {
  std::string version;
  std::function<int(const Folders&, const ServeOptions&)> serve;  // until a signal
  std::function<Result<void>(const Folders&)> start_server;       // in the background
  std::function<int(const Folders&, const PolicyCommand&)> policy;
  std::function<int(const Folders&, bool json)> doctor;
  std::function<int(const SimulateCommand&)> simulate;
};

// $PAWL_STATE or ${XDG_STATE_HOME:-~/.local/state}/pawl; $PAWL_CONFIG or
// ${XDG_CONFIG_HOME:-~/.config}/pawl; $PAWL_RUN or none. Without the first two, a pawl that is
// installed for the system below `root` comes first. `variable` reads the environment.
Result<Folders> find_folders(const std::function<const char*(const char*)>& variable,
                             const std::filesystem::path& root = "/");

// The whole of `pawl`: parses, runs, prints; the value is the exit code of the process.
int run_command_line(int argc, const char* const* argv, const Programs& programs);

}  // namespace pawl
