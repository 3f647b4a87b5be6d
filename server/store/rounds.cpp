#include "server/store/rounds.h"

#include "server/store/query.h"

namespace pawl {
namespace {

Round round_from(sql::Row& row) {
  Round round;
  round.id = row.take<RoundId>();
  round.project = row.take<ProjectId>();
  round.number = row.take<std::int32_t>();
  round.title = row.take<std::string>();
  round.agent = row.take<std::string>();
  round.created = row.take<Timestamp>();
  return round;
}

}  // namespace

Result<Round> insert_round(Transaction& transaction, ProjectId project, const std::string& title,
                           const std::string& agent) {
  TRY(const auto id,
      sql::insert(
          transaction,
          "INSERT INTO round(project, number, title, agent, created_at) VALUES (?1,"
          " (SELECT coalesce(max(number), 0) + 1 FROM round WHERE project = ?1), ?2, ?3, ?4)",
          project, title, agent, transaction.now()));
  return find_round(transaction, {id});
}

Result<void> add_reused(Transaction& transaction, RoundId round, JobId job) {
  CHECK_OK(sql::change(transaction, "INSERT OR IGNORE INTO round_reused(round, job) VALUES (?, ?)",
                       round, job));
  return {};
}

Result<std::vector<JobId>> reused_in(Reader& reader, RoundId round) {
  return sql::all(
      reader, "SELECT job FROM round_reused WHERE round = ? ORDER BY job",
      [](sql::Row& row) { return row.take<JobId>(); }, round);
}

Result<Round> find_round(Reader& reader, RoundId id) {
  TRY(auto round,
      sql::one(reader,
               "SELECT id, project, number, title, agent, created_at FROM round WHERE id = ?",
               round_from, id));
  if (!round)
    return fail(ErrorKind::kNotFound, "there is no round with id " + std::to_string(id.value));
  return *std::move(round);
}

Result<std::optional<Round>> find_round_by_number(Reader& reader, ProjectId project,
                                                  std::int32_t number) {
  return sql::one(reader,
                  "SELECT id, project, number, title, agent, created_at FROM round WHERE project = "
                  "? AND number = ?",
                  round_from, project, number);
}

Result<std::vector<Round>> list_rounds(Reader& reader, ProjectId project) {
  return sql::all(
      reader,
      "SELECT id, project, number, title, agent, created_at FROM round WHERE project = ?"
      " ORDER BY number DESC",
      round_from, project);
}

}  // namespace pawl
