// What a human is told: written in the transaction that makes it true, sent later by whoever
// delivers, at least once. A `once` that is known already writes nothing, so that a threshold is
// told of one time (L11).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

using NoteId = Id<struct NoteTag>;

enum class NoteState : std::uint8_t {
  kPending,
  kSent,
  kMuted,    // nobody asked to be told; it counts as told
  kGivenUp,  // too many tries
};

struct NewNote {
  std::string kind;     // a word of [notify] on: "budget.warn"
  std::string subject;  // one line
  std::string text;
  std::string once;  // equal for equal facts
  bool wanted = true;
};

struct Note : NewNote {
  NoteId id;
  Timestamp at{};
  NoteState state{};
  std::int32_t tries = 0;
};

// False when it was written before.
Result<bool> put_note(Transaction& transaction, const NewNote& note);

// Pending ones whose next try is due, oldest first.
Result<std::vector<Note>> due_notes(Reader& reader, Timestamp now, std::int32_t limit);

// Newest first, whatever became of them.
Result<std::vector<Note>> list_notes(Reader& reader, std::int32_t limit);

Result<void> mark_sent(Transaction& transaction, NoteId id);
// `next`: when to try again; absent: never.
Result<void> mark_failed(Transaction& transaction, NoteId id, std::optional<Timestamp> next);

}  // namespace pawl
