// record/status.json: how an attempt ended. Written once, by the keeper; or by the server for an
// attempt whose keeper died without a record, after proof that nothing of it is alive. Money is
// computed from billed_ms, so reading is strict: a record that is not exactly as promised is an
// error, never a guess.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/records/attempt_folder.h"

namespace pawl {

enum class Outcome : std::uint8_t {
  kExited,      // by itself, with exit_code
  kSignaled,    // by a signal of its own
  kDeadline,    // stopped by the keeper at its limit
  kCancelled,   // stopped because the server asked
  kNotStarted,  // the build or command could not be executed; `error` names what is missing
  kLost,        // the keeper died; billed is an upper bound
  kPreempted,   // stopped because the machine was taken away; the run may go on elsewhere
};
enum class AttemptPhase : std::uint8_t { kBuild, kCommand };
enum class WrittenBy : std::uint8_t { kKeeper, kServer };

struct ExitRecord {
  std::string token;
  WrittenBy written_by{};
  Outcome outcome{};
  AttemptPhase phase{};
  std::optional<std::int64_t> exit_code, signal;
  std::string error;  // one line, or empty
  Timestamp started_at{}, ended_at{};
  Milliseconds billed{0};  // monotonic: keeper start to confirmed death of the whole tree
  Milliseconds build{0}, command{0};
  Milliseconds first_instruction{0};  // keeper start to the command's successful execve
  Milliseconds cpu{0};
  std::int64_t rss_max_kb = 0, stdout_bytes = 0, stderr_bytes = 0;
  bool log_truncated = false, pid_namespace = false;
  std::string boot_id;
  bool operator==(const ExitRecord&) const = default;
};

std::string_view name_of(Outcome outcome);  // "exited", "signaled", ...

// Absent while there is no record. ENGINE, naming the field, when it is malformed: somebody else
// wrote it, or the disk is bad.
Result<std::optional<ExitRecord>> read_status(const AttemptFolder& folder);

// For tests and the recovery: the text of a record.
std::string to_json(const ExitRecord& record);
Result<ExitRecord> parse_status(std::string_view json);

struct LostAttempt {
  std::string token;
  Timestamp started_at{}, ended_at{};
  Milliseconds billed{0};  // the upper bound
  std::string error;       // how death was proven
};

// Durable on return (write, fsync, rename, fsync). CONFLICT when a record is there already: the
// keeper's word counts.
Result<void> write_lost_status(const AttemptFolder& folder, const LostAttempt& lost);

}  // namespace pawl
