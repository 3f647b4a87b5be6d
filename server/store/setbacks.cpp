#include "server/store/setbacks.h"

#include "server/store/query.h"

namespace pawl {

Result<void> note_signature(Transaction& transaction, JobId job, const std::string& signature) {
  CHECK_OK(sql::change(transaction, "UPDATE job SET signature = ? WHERE id = ?", signature, job));
  return {};
}

Result<std::vector<Setback>> setbacks(Reader& reader, const SetbackFilter& filter) {
  return sql::all(
      reader,
      "SELECT finished_at, signature FROM job WHERE project = ? AND finished_at > ?"
      " AND signature != '' AND stage != ? ORDER BY finished_at DESC, id DESC LIMIT 1000",
      [](sql::Row& row) {
        return Setback{.at = row.take<Timestamp>(), .signature = row.take<std::string>()};
      },
      filter.project, filter.after, filter.not_stage);
}

Result<std::int32_t> ended_since_keep(Reader& reader, const SetbackFilter& filter) {
  TRY(const auto count,
      sql::value<std::int32_t>(reader,
                               "SELECT count(*) FROM job WHERE project = ?1 AND finished_at > ?2"
                               " AND state IN ('succeeded', 'failed', 'timed_out') AND stage != ?3"
                               " AND id NOT IN (SELECT job FROM sandbox)"
                               " AND finished_at > coalesce((SELECT max(at) FROM decision"
                               "  WHERE project = ?1 AND decision = 'keep'), 0)",
                               filter.project, filter.after, filter.not_stage));
  return count.value_or(0);
}

}  // namespace pawl
