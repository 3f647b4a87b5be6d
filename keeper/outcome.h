// From what was seen of a phase to what the record says: pure.
#pragma once
#include <sys/wait.h>

#include <optional>
#include <string>
#include <string_view>

#include "keeper/record.h"

namespace pawl::keeper {

enum class Cause : std::uint8_t {
  kNone,
  kDeadline,
  kAsked
};  // why the keeper began to end the attempt

struct PhaseFacts {
  Cause cause = Cause::kNone;
  bool started = false;            // the command's first instruction ran
  std::string problem;             // what was missing, from the exec report
  std::string walls;               // bubblewrap's last word, if it never came to the command
  std::optional<int> wait_status;  // of the command
};

inline Outcome outcome_of(const PhaseFacts& facts) {
  if (facts.cause == Cause::kDeadline) return Outcome::kDeadline;
  if (facts.cause == Cause::kAsked) return Outcome::kCancelled;
  if (!facts.started) return Outcome::kNotStarted;
  return facts.wait_status && WIFEXITED(*facts.wait_status) ? Outcome::kExited : Outcome::kSignaled;
}

// The next phase follows only on a clean end.
inline bool went_well(const PhaseFacts& facts) {
  return outcome_of(facts) == Outcome::kExited && WEXITSTATUS(*facts.wait_status) == 0;
}

// Writes the phase's part of the record.
void conclude(const PhaseFacts& facts, ExitRecord& record);

}  // namespace pawl::keeper
