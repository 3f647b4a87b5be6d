#include "server/store/schema.h"

#include <fmt/format.h>

#include <string>

#include "server/store/query.h"
#include "server/store/transaction.h"

namespace pawl {
namespace {

Result<void> run_missing(Connection& connection, std::span<const char* const> migrations,
                         std::int64_t version) {
  for (const char* const script : migrations.subspan(static_cast<std::size_t>(version))) {
    CHECK_OK(connection.execute_script(script));
  }
  return connection.execute_script(
      fmt::format("PRAGMA user_version = {}", migrations.size()).c_str());
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const char* const> migrations) {
  Reader reader(connection);
  CHECK_OK(connection.execute("BEGIN IMMEDIATE"));
  TRY(const auto found, sql::value<std::int64_t>(reader, "PRAGMA user_version"));
  const std::int64_t version = found.value_or(0);
  const auto newest = static_cast<std::int64_t>(migrations.size());
  Result<void> done;
  if (version < 0 || version > newest) {
    done = fail(ErrorKind::kEngine,
                fmt::format("database has schema version {}, this pawl knows versions up to {}",
                            version, newest),
                "Run the newer pawl that wrote this state directory, or point this one at another "
                "directory.");
  } else if (version < newest) {
    done = run_missing(connection, migrations, version);
  }
  if (done) done = connection.execute("COMMIT");
  if (!done) (void)connection.execute("ROLLBACK");  // the error that counts is the one in hand
  return done;
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
  TRY(const auto orphan, sql::value<std::string>(reader, "PRAGMA foreign_key_check"));
  if (orphan) {
    return fail(
        ErrorKind::kEngine,
        fmt::format("database is inconsistent: a row of table {} refers to nothing", *orphan),
        "Restore the state directory from a backup.");
  }
  return {};
}

}  // namespace pawl
