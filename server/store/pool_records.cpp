#include "server/store/pool_records.h"

#include "server/store/query.h"

namespace pawl {
namespace {

PoolRecord record_from(sql::Row& row) {
  PoolRecord record;
  record.pool = row.take<std::string>();
  record.spot = row.take<bool>();
  record.runs = row.take<std::int32_t>();
  record.failures = row.take<std::int32_t>();
  record.interruptions = row.take<std::int32_t>();
  record.results = row.take<std::int32_t>();
  record.billed = row.take<Milliseconds>();
  record.startup = row.take<Milliseconds>();
  record.work = row.take<Milliseconds>();
  return record;
}

}  // namespace

Result<void> add_record(Transaction& transaction, ProjectId project, const std::string& stage,
                        const PoolRecord& run) {
  CHECK_OK(sql::change(transaction,
                       "INSERT INTO pool_record(project, stage, pool, spot, runs, failures,"
                       " interruptions, results, billed_ms, startup_ms, work_ms)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                       " ON CONFLICT DO UPDATE SET runs = runs + excluded.runs,"
                       " failures = failures + excluded.failures,"
                       " interruptions = interruptions + excluded.interruptions,"
                       " results = results + excluded.results,"
                       " billed_ms = billed_ms + excluded.billed_ms,"
                       " startup_ms = startup_ms + excluded.startup_ms,"
                       " work_ms = work_ms + excluded.work_ms",
                       project, stage, run.pool, run.spot, run.runs, run.failures,
                       run.interruptions, run.results, run.billed, run.startup, run.work));
  return {};
}

Result<std::vector<PoolRecord>> pool_records(Reader& reader, ProjectId project,
                                             const std::string& stage) {
  return sql::all(reader,
                  "SELECT pool, spot, runs, failures, interruptions, results, billed_ms,"
                  " startup_ms, work_ms FROM pool_record WHERE project = ? AND stage = ?",
                  record_from, project, stage);
}

Result<std::vector<PoolRecord>> pool_records(Reader& reader) {
  return sql::all(reader,
                  "SELECT pool, spot, sum(runs), sum(failures), sum(interruptions), sum(results),"
                  " sum(billed_ms), sum(startup_ms), sum(work_ms) FROM pool_record GROUP BY 1, 2",
                  record_from);
}

Result<void> freeze_pool(Transaction& transaction, const std::string& pool,
                         const std::string& why) {
  CHECK_OK(sql::change(transaction,
                       "INSERT INTO frozen_pool(pool, at, why) VALUES (?, ?, ?)"
                       " ON CONFLICT DO UPDATE SET why = excluded.why",
                       pool, transaction.now(), why));
  return {};
}

Result<bool> thaw_pool(Transaction& transaction, const std::string& pool) {
  TRY(const auto gone, sql::change(transaction, "DELETE FROM frozen_pool WHERE pool = ?", pool));
  return gone == 1;
}

Result<std::vector<FrozenPool>> frozen_pools(Reader& reader) {
  return sql::all(reader, "SELECT pool, at, why FROM frozen_pool ORDER BY pool", [](sql::Row& row) {
    auto pool = row.take<std::string>();
    const auto at = row.take<Timestamp>();
    return FrozenPool{std::move(pool), at, row.take<std::string>()};
  });
}

}  // namespace pawl
