// The command line, parsed: one command and its values.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "server/cli/programs.h"

namespace pawl {

enum class Command : std::uint8_t {
  kServe,
  kMcp,
  kStatus,
  kJobs,
  kJob,
  kLogs,
  kBudget,
  kPolicy,
  kDoctor,
  kCall,
  kInit,
  kWait,
  kCancel,
  kVersion,
  kVolumeAdd,
  kVolumeList,
  kVolumeVerify,
};

struct Options {
  Command command{};
  bool json = false;
  std::string agent;              // mcp, call
  std::vector<std::string> jobs;  // job and logs: one; wait and cancel: one or more
  std::vector<std::string> sections;
  std::int64_t limit = 20;
  std::string mode = "tail", pattern;
  std::int64_t lines = 40;
  std::string by = "stage";
  std::string until = "all";
  std::int64_t timeout_s = 0;  // 0: as long as it takes
  std::string why;
  std::string tool, arguments = "{}";
  bool list = false;
  PolicyCommand policy;
  std::string volume, folder;  // volume
};

// Nothing to run: the help was printed, or the command line was refused. The value is the exit
// code.
struct Finished {
  int exit_code = 0;
};

std::expected<Options, Finished> parse_command_line(int argc, const char* const* argv,
                                                    const std::string& version);

}  // namespace pawl
