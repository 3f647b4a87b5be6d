#include "server/store/clock_mark.h"

#include "server/store/query.h"

namespace pawl {

Result<void> put_clock_mark(Transaction& transaction, const ClockMark& mark) {
  CHECK_OK(
      sql::change(transaction,
                  "INSERT INTO clock_mark(id, wall, since_boot_ms, boot_id, stepped_ms)"
                  " VALUES (1, ?, ?, ?, ?)"
                  " ON CONFLICT DO UPDATE SET wall = excluded.wall, boot_id = excluded.boot_id,"
                  " since_boot_ms = excluded.since_boot_ms, stepped_ms = excluded.stepped_ms"
                  " WHERE excluded.wall >= wall",
                  mark.wall, mark.since_boot, mark.boot_id, mark.stepped));
  return {};
}

Result<std::optional<ClockMark>> clock_mark(Reader& reader) {
  return sql::one(reader, "SELECT wall, since_boot_ms, boot_id, stepped_ms FROM clock_mark",
                  [](sql::Row& row) {
                    return ClockMark{.wall = row.take<Timestamp>(),
                                     .since_boot = row.take<Milliseconds>(),
                                     .boot_id = row.take<std::string>(),
                                     .stepped = row.take<Milliseconds>()};
                  });
}

}  // namespace pawl
