// Attempts: one row for each run of a job. The intent row is durable before anything is launched,
// and its token names the attempt to every engine, so that a crash between launch and record is
// found again (L7).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/rate.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

enum class AttemptState : std::uint8_t {
  kIntent,    // committed before the launch; a crash here is settled by the launch protocol
  kLaunched,  // the keeper confirmed
  kEnded,     // nothing of it is alive, or it never was
};

struct NewAttempt {
  JobId job;
  std::string pool;
  std::string comparability_class;  // results are ranked only inside one
  Rate rate;                        // that its reservation was made with
  bool spot = false;                // its provider may take the machine away
  std::string why{}, places{};      // why this place: for agents, and by pool for humans
  std::int32_t units = 1;           // what the price multiplies with: GPUs, or 1 slot
  std::int32_t gpus = 0;
  std::vector<std::int32_t> slots{};  // numbers in the pool
  Milliseconds limit{0}, worst_case{0};
  Timestamp claimed{};  // trusted time: its windows and its prices count from here
  Milliseconds claimed_since_boot{0};
  std::string boot_id;
};

struct AttemptEnd {
  std::string outcome;  // as in status.json
  std::optional<std::int32_t> exit_code{}, signal{};
  std::optional<Timestamp> started{};  // when known from the record only
  Milliseconds billed{0};
  Money cost;
  std::optional<Timestamp> ended{};  // in trusted time; absent: it never ran, and is noted now
};

struct AttemptRow : NewAttempt {
  AttemptId id;
  std::string token;
  Epoch epoch;  // of the server that claimed it
  AttemptState state = AttemptState::kIntent;
  Rates rates;             // what it has paid from when on; the first is `rate`
  std::string taken_back;  // why the server stops it to run it elsewhere; empty: it does not
  std::optional<Timestamp> launched;
  std::optional<Timestamp> ended;
  std::optional<AttemptEnd> end;
};

// The intent of the next attempt. The job must be `starting` (claim it first in the same
// transaction), and no attempt of it may be alive (Q2); a slot that is held by another attempt is
// CONFLICT.
Result<AttemptRow> begin_attempt(Transaction& transaction, const NewAttempt& attempt);
Result<void> mark_launched(Transaction& transaction, AttemptId id);  // CONFLICT unless intent
Result<void> mark_ended(Transaction& transaction, AttemptId id,
                        const AttemptEnd& end);  // CONFLICT if ended; frees slots

// A sandbox was granted more time, and it is paid for. The attempt must be alive.
Result<void> extend_attempt(Transaction& transaction, AttemptId id, Milliseconds limit,
                            Milliseconds worst_case);

// Its provider charges another price from `since` on. The attempt must be alive.
Result<void> change_rate(Transaction& transaction, AttemptId id, const RateSince& rate);
// The server wants its machine back: what runs there is stopped, and its job runs again elsewhere.
Result<void> take_back(Transaction& transaction, AttemptId id, const std::string& why);
Result<std::vector<AttemptId>> taken_back(Reader& reader);  // and still alive

// The class in which the job has to run: that of its own earlier attempts, else of its round's
// first one. Absent where none was launched.
Result<std::optional<std::string>> class_in_use(Reader& reader, JobId job);

Result<AttemptRow> find_attempt(Reader& reader, AttemptId id);  // NOT_FOUND
Result<std::optional<AttemptRow>> find_attempt_by_token(Reader& reader, const std::string& token);
Result<std::vector<AttemptRow>> attempts_of(Reader& reader, JobId job);          // first to last
Result<std::vector<AttemptRow>> attempts_of(Reader& reader, ProjectId project);  // as claimed
Result<std::vector<AttemptRow>> live_attempts(Reader& reader);  // intent or launched, oldest first
Result<std::vector<std::int32_t>> held_slots(Reader& reader, const std::string& pool);  // ascending

}  // namespace pawl
