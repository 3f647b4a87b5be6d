#include "server/store/connection.h"

#include <fmt/format.h>

#include <cassert>

#include "server/store/transaction.h"

namespace pawl {
namespace {

Damage damage_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return Damage::kRetry;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return Damage::kUnknown;
    default:
      return Damage::kNone;
  }
}

ErrorKind kind_of(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
      return ErrorKind::kConflict;
    default:
      return (extended_code & 0xff) == SQLITE_CONSTRAINT ? ErrorKind::kInternal
                                                         : ErrorKind::kEngine;
  }
}

std::string hint_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "Free some disk space where the state directory lies, then call again.";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "Restore the state directory from a backup, or move the database away to start with a "
             "new one.";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "Give the server's user write access to the state directory and to every file in it.";
    default:
      return "";
  }
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file,
                                                     const Options& options) {
  sqlite3* raw = nullptr;
  const int mode =
      options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(file.c_str(), &raw,
                                   mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, options.vfs);
  std::unique_ptr<Connection> connection(new Connection(raw));
  if (code != SQLITE_OK) return std::unexpected(connection->error());
  CHECK_OK(connection->configure());
  return connection;
}

// A database file is input: it may be damaged or planted, so nothing in its schema is trusted.
Result<void> Connection::configure() {
  sqlite3_busy_timeout(handle(), 5'000);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  return execute_script(
      "PRAGMA foreign_keys = ON;"
      "PRAGMA mmap_size = 0;"           // an I/O error stays an error instead of a SIGBUS
      "PRAGMA wal_autocheckpoint = 0;"  // only the writer thread folds the log, after it has
                                        // answered
      "PRAGMA cell_size_check = ON;"
      "PRAGMA temp_store = MEMORY;");
}

Result<sqlite3_stmt*> Connection::prepare(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    assert(sqlite3_stmt_busy(found->second.get()) == 0 &&
           "a statement is used inside its own rows");
    return found->second.get();
  }
  std::string key(sql);
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(handle(), key.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr) !=
      SQLITE_OK) {
    return std::unexpected(error());
  }
  statements_.emplace(std::move(key), Statement(raw));
  return raw;
}

Result<void> Connection::execute(std::string_view sql) {
  TRY(sqlite3_stmt* const statement, prepare(sql));
  int code = sqlite3_step(statement);
  while (code == SQLITE_ROW) code = sqlite3_step(statement);
  Result<void> done;
  if (code != SQLITE_DONE) done = std::unexpected(error());
  sqlite3_reset(statement);
  return done;
}

Result<void> Connection::execute_script(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(error());
}

Error Connection::error() {
  const int code = sqlite3_extended_errcode(handle());
  const std::string what = (code & 0xff) == SQLITE_FULL ? "disk full" : sqlite3_errmsg(handle());
  Error error{kind_of(code), fmt::format("database: {} (code {})", what, code), hint_of(code)};
  if (const Damage damage = damage_of(code); damage > damage_) {
    damage_ = damage;
    damaging_error_ = error;
  }
  return error;
}

bool Reader::is_committed() const {
  return sqlite3_txn_state(connection_.handle(), "main") != SQLITE_TXN_WRITE;
}

}  // namespace pawl
