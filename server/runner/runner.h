// Starts attempts and tells what becomes of them. An attempt is one run of a job, in one folder,
// under one keeper that outlives us; so after a restart every attempt is either adopted or proven
// to be in one of the other states.
//
// Safety does not rest on the caller: an attempt never runs twice, whatever is called in whatever
// order, because the keeper refuses a folder in which one has run, is running, or was fenced off.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/sandbox/box.h"

namespace pawl {

struct AttemptRef {
  AttemptId id;
  std::string token;             // marks every process of the attempt (PAWL_ATTEMPT_TOKEN)
  std::filesystem::path folder;  // absolute; holds keeper/, record/, work/, run/
};

struct LaunchSpec {
  AttemptRef attempt;
  std::string pool;                  // where it was placed
  std::vector<std::string> build;    // argv; empty: no build step
  std::vector<std::string> command;  // argv
  std::vector<std::string> env;  // NAME=VALUE; the runner adds the token, the keeper the deadline
  Milliseconds limit{};          // build and command together, counted by the keeper from its start
  Milliseconds grace{};          // between SIGTERM and SIGKILL
  std::int64_t log_bytes_max = 0;  // kept of each of stdout and stderr
  std::vector<Volume> volumes;
  std::vector<std::int32_t> gpus;    // minor numbers of the device nodes; see Gpu::minor_number
  std::filesystem::path checkpoint;  // or whatever else it may write to; empty: nothing
  std::int64_t file_bytes_max = 0;   // of each file that the job writes; 0: no limit
  std::filesystem::path work{};      // the working directory; empty: the attempt's own work/
  bool network = false;              // for what builds an environment, never for an experiment
  // A sandbox: no command, its keeper takes them (server/runner/sandbox_command.h). The longest
  // that grant() may let it live.
  std::optional<Milliseconds> lease{};

  std::filesystem::path workdir() const { return work.empty() ? attempt.folder / "work" : work; }
};

enum class RunnerEventKind : std::uint8_t {
  // The build's or the command's first instruction ran. Comes again after an adoption, and not at
  // all when the attempt ended before we could listen.
  kStarted,
  kEnded,  // record/status.json is durable; nothing of the attempt is alive
  kLost,   // the keeper died without a record; nothing of the attempt is alive
};

struct RunnerEvent {
  AttemptId attempt;
  RunnerEventKind kind;
  bool operator==(const RunnerEvent&) const = default;
};

enum class Recovered : std::uint8_t {
  kAlive,          // adopted: events follow
  kEnded,          // record/status.json is durable; no event follows
  kNeverLaunched,  // fenced off: it can never start
  kLost,           // the keeper died without a record; nothing of the attempt is alive
};

// Called on the runner's own thread, one event at a time: it may only enqueue.
using RunnerSink = std::function<void(RunnerEvent)>;

class Runner {
 public:
  virtual ~Runner() = default;

  // Returns once the attempt's keeper is on its own (a few milliseconds); events follow. An attempt
  // that already runs or ran counts as launched. An error means that nothing of the attempt runs.
  virtual Result<void> launch(const LaunchSpec& spec) = 0;

  // Asks for an end: SIGTERM, the grace, SIGKILL. The end itself comes as an event. Nothing happens
  // to an attempt that is not alive.
  virtual void stop(const AttemptRef& attempt) = 0;

  // After a restart, or when a launch's fate is unknown: what became of the attempt. An error means
  // "not known yet": the attempt may be alive.
  virtual Result<Recovered> recover(const AttemptRef& attempt) = 0;
};

}  // namespace pawl
