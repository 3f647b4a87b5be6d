#include "server/store/schema.h"

#include <fmt/format.h>

#include <string>

#include "server/store/query.h"
#include "server/store/transaction.h"

namespace pawl {
namespace {

Result<void> check_references(Connection& connection) {
  Reader reader(connection);
  TRY(const auto orphan, sql::value<std::string>(reader, "PRAGMA foreign_key_check"));
  if (!orphan) return {};
  return fail(ErrorKind::kEngine,
              fmt::format("database is inconsistent: a row of table {} refers to nothing", *orphan),
              "Restore the state directory from a backup.");
}

Result<void> run_missing(Connection& connection, std::span<const char* const> migrations,
                         std::int64_t version) {
  for (const char* const script : migrations.subspan(static_cast<std::size_t>(version))) {
    CHECK_OK(connection.execute_script(script));
  }
  CHECK_OK(check_references(connection));
  return connection.execute_script(
      fmt::format("PRAGMA user_version = {}", migrations.size()).c_str());
}

Result<void> bring_up_to_date(Connection& connection, std::span<const char* const> migrations) {
  Reader reader(connection);
  TRY(const auto found, sql::value<std::int64_t>(reader, "PRAGMA user_version"));
  const std::int64_t version = found.value_or(0);
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (version < 0 || version > newest) {
    return fail(ErrorKind::kEngine,
                fmt::format("database has schema version {}, this pawl knows versions up to {}",
                            version, newest),
                "Run the newer pawl that wrote this state directory, or point this one at another "
                "directory.");
  }
  if (version == newest) return {};
  return run_missing(connection, migrations, version);
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const char* const> migrations) {
  CHECK_OK(connection.execute("PRAGMA foreign_keys = OFF"));  // no effect inside a transaction
  Result<void> done = connection.execute("BEGIN IMMEDIATE");
  if (done) {
    done = bring_up_to_date(connection, migrations);
    if (done) done = connection.execute("COMMIT");
    if (!done) (void)connection.execute("ROLLBACK");  // the error that counts is the one in hand
  }
  Result<void> guarded = connection.execute("PRAGMA foreign_keys = ON");
  return done ? guarded : done;
}

Result<void> check_integrity(Connection& connection) {
  Reader reader(connection);
  TRY(const auto finding, sql::value<std::string>(reader, "PRAGMA quick_check(1)"));
  if (finding != "ok") {
    return fail(
        ErrorKind::kEngine,
        fmt::format("database is corrupt: {}", finding.value_or("quick_check says nothing")),
        "Restore the state directory from a backup.");
  }
  return check_references(connection);
}

}  // namespace pawl
