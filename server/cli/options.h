// The command line, parsed: one command and its values.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "server/cli/programs.h"
#include "server/setup/init.h"
#include "server/setup/setup.h"
#include "server/setup/system_install.h"

namespace pawl {

enum class Command : std::uint8_t {
  kServe,
  kMcp,
  kStatus,
  kJobs,
  kJob,
  kLogs,
  kCompare,
  kBudget,
  kBudgetAdd,
  kBudgetAllowances,
  kPolicy,
  kPolicyExplain,
  kPolicyDiff,
  kPolicyApprove,
  kPolicyLog,
  kDoctor,
  kCall,
  kInit,
  kSetup,
  kInstall,
  kWait,
  kCancel,
  kVersion,
  kReport,
  kToken,
  kVolumeAdd,
  kVolumeList,
  kVolumeVerify,
  kApprovals,
  kApprove,
  kDeny,
  kSimulate,
  kPools,
  kPoolOpen,
};

enum class TokenVerb : std::uint8_t { kCreate, kList, kRevoke };

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
  std::string usd, raised_until, node = "global", window = "day";  // budget add
  std::string digest;  // policy approve: of what was looked at
  bool yes = false;    // ... ask nobody
  SimulateCommand simulate;
  std::string svg;                 // report: the file to write a picture to
  bool morning = false;            // report: the default, by its name
  bool tsv = false;                // report: results.tsv instead
  std::int64_t since_minutes = 0;  // report: 0 is the last night
  InitFlags init;
  SetupFlags setup;
  InstallFlags install;
  ServeOptions serve;
  TokenVerb token_verb{};
  std::string token_name, project;  // token; an empty project: where you are
  bool admin = false;               // ... it speaks for a human
  std::string volume, folder;       // volume
  std::string approval;             // approve, deny
  std::string pool;                 // pool open
};

// Nothing to run: the help was printed, or the command line was refused. The value is the exit
// code.
struct Finished {
  int exit_code = 0;
};

std::expected<Options, Finished> parse_command_line(int argc, const char* const* argv,
                                                    const std::string& version);

}  // namespace pawl
