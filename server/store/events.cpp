#include "server/store/events.h"

#include <array>

#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kKinds = {"submitted", "state",  "finished", "decision",
                               "refused",   "budget", "policy",   "server"};
static_assert(kKinds.size() == static_cast<std::size_t>(EventKind::kServer) + 1);

EventRow event_from(sql::Row& row) {
  EventRow event;
  event.id = row.take<EventId>();
  event.at = row.take<Timestamp>();
  event.kind = row.take_word<EventKind>(kKinds);
  event.project = row.take<std::optional<ProjectId>>();
  event.job = row.take<std::optional<JobId>>();
  event.round = row.take<std::optional<RoundId>>();
  event.text = row.take<std::string>();
  return event;
}

}  // namespace

std::string_view name_of(EventKind kind) { return sql::word(kKinds, kind); }

Result<EventId> append_event(Transaction& transaction, const NewEvent& event) {
  TRY(const auto id,
      sql::insert(
          transaction,
          "INSERT INTO event(at, kind, project, job, round, text) VALUES (?, ?, ?, ?, ?, ?)",
          transaction.now(), name_of(event.kind), event.project, event.job, event.round,
          event.text));
  return EventId{id};
}

Result<std::vector<EventRow>> list_events(Reader& reader, const EventFilter& filter) {
  std::optional<std::string_view> kind;
  if (filter.kind) kind = name_of(*filter.kind);
  return sql::all(reader,
                  "SELECT id, at, kind, project, job, round, text FROM event WHERE id > ?1"
                  " AND (?2 IS NULL OR project = ?2) AND (?3 IS NULL OR job = ?3) AND (?4 IS NULL "
                  "OR round = ?4)"
                  " AND (?5 IS NULL OR kind = ?5) ORDER BY id LIMIT ?6",
                  event_from, filter.since, filter.project, filter.job, filter.round, kind,
                  filter.limit);
}

Result<EventId> last_event(Reader& reader) {
  TRY(const auto id, sql::value<EventId>(reader, "SELECT coalesce(max(id), 0) FROM event"));
  return id.value_or(EventId{});
}

}  // namespace pawl
