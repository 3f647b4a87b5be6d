// The exit record, ATTEMPT/record/status.json: one flat JSON object, written once, after everything
// of the attempt is dead. Its space is reserved before the job starts, so that a job that fills the
// disk cannot keep it from being written.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "keeper/clock.h"
#include "keeper/fd.h"
#include "server/core/result.h"

namespace pawl::keeper {

enum class Outcome : std::uint8_t { kExited, kSignaled, kDeadline, kCancelled, kNotStarted };
enum class Stage : std::uint8_t { kBuild, kCommand };

struct ExitRecord {
  std::string token;
  Outcome outcome{};
  Stage phase{};
  std::optional<int> exit_code;  // of the phase's process, as far as it ended by itself
  std::optional<int> signal;
  std::string error;                      // kNotStarted: what is missing
  Milliseconds started_at{}, ended_at{};  // since 1970
  Milliseconds billed{};  // from the keeper's start until the whole tree was dead, rounded up
  Milliseconds build{}, command{};
  // From the keeper's start to the command's execve; 0: it never came.
  Milliseconds first_instruction{};
  Milliseconds cpu{};
  std::int64_t rss_max_kb = 0;                      // of the largest single process
  std::int64_t stdout_bytes = 0, stderr_bytes = 0;  // written by the job, kept or not
  bool log_truncated = false;
  bool pid_namespace = false;
  std::string boot_id;
};

std::string to_json(const ExitRecord& record);
const char* name_of(Stage stage);

class RecordFile {
 public:
  static Result<RecordFile> reserve(int folder);
  // Durable when it returns: written, synced, renamed, and the folder synced.
  Result<void> write(const ExitRecord& record);

 private:
  RecordFile(int folder, Fd draft) : folder_(folder), draft_(std::move(draft)) {}
  int folder_;  // outlives us
  Fd draft_;
};

}  // namespace pawl::keeper
