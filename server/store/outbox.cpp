#include "server/store/outbox.h"

#include <array>

#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kStates = {"pending", "sent", "muted", "given_up"};
static_assert(kStates.size() == static_cast<std::size_t>(NoteState::kGivenUp) + 1);

#define NOTE_COLUMNS "id, at, kind, subject, text, once, state, tries"

Note note_from(sql::Row& row) {
  Note note;
  note.id = row.take<NoteId>();
  note.at = row.take<Timestamp>();
  note.kind = row.take<std::string>();
  note.subject = row.take<std::string>();
  note.text = row.take<std::string>();
  note.once = row.take<std::string>();
  note.state = row.take_word<NoteState>(kStates);
  note.tries = row.take<std::int32_t>();
  note.wanted = note.state != NoteState::kMuted;
  return note;
}

}  // namespace

Result<bool> put_note(Transaction& transaction, const NewNote& note) {
  TRY(const auto written,
      sql::change(transaction,
                  "INSERT INTO outbox(at, kind, subject, text, once, state, tries, next_at)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?1) ON CONFLICT(once) DO NOTHING",
                  transaction.now(), note.kind, note.subject, note.text, note.once,
                  sql::word(kStates, note.wanted ? NoteState::kPending : NoteState::kMuted)));
  return written == 1;
}

Result<std::vector<Note>> due_notes(Reader& reader, Timestamp now, std::int32_t limit) {
  return sql::all(reader,
                  "SELECT " NOTE_COLUMNS
                  " FROM outbox WHERE state = 'pending' AND next_at <= ? ORDER BY id LIMIT ?",
                  note_from, now, limit);
}

Result<std::vector<Note>> list_notes(Reader& reader, std::int32_t limit) {
  return sql::all(reader, "SELECT " NOTE_COLUMNS " FROM outbox ORDER BY id DESC LIMIT ?", note_from,
                  limit);
}

Result<void> mark_sent(Transaction& transaction, NoteId id) {
  CHECK_OK(sql::change(transaction,
                       "UPDATE outbox SET state = 'sent', tries = tries + 1, sent_at = ?"
                       " WHERE id = ? AND state = 'pending'",
                       transaction.now(), id));
  return {};
}

Result<void> mark_failed(Transaction& transaction, NoteId id, std::optional<Timestamp> next) {
  CHECK_OK(sql::change(transaction,
                       "UPDATE outbox SET tries = tries + 1, next_at = coalesce(?2, next_at),"
                       " state = CASE WHEN ?2 IS NULL THEN 'given_up' ELSE state END"
                       " WHERE id = ?1 AND state = 'pending'",
                       id, next));
  return {};
}

}  // namespace pawl
