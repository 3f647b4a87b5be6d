// What happened, in order. The id is the cursor of wait_jobs: it only grows, and a committed event
// is never followed by a smaller one.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

enum class EventKind : std::uint8_t {
  kSubmitted,
  kState,     // a job moved on
  kFinished,  // ... to a final state
  kDecision,
  kRefused,  // the audit row of a refusal
  kBudget,
  kPolicy,
  kServer,
};
std::string_view name_of(EventKind kind);

struct NewEvent {
  EventKind kind{};
  std::optional<ProjectId> project{};
  std::optional<JobId> job{};
  std::optional<RoundId> round{};
  std::string text{};  // one line
};

struct EventRow : NewEvent {
  EventId id;
  Timestamp at{};
};

Result<EventId> append_event(Transaction& transaction, const NewEvent& event);

struct EventFilter {
  EventId since{};  // events after this one
  std::optional<ProjectId> project{};
  std::optional<JobId> job{};
  std::optional<RoundId> round{};
  std::optional<EventKind> kind{};
  std::int32_t limit = 100;
};
Result<std::vector<EventRow>> list_events(Reader& reader,
                                          const EventFilter& filter);  // oldest first
Result<EventId> last_event(Reader& reader);                            // 0 when there is none

}  // namespace pawl
