#include "server/store/store.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "server/store/connection.h"
#include "server/store/file_system.h"
#include "server/store/meta.h"
#include "server/store/query.h"
#include "server/store/reader_pool.h"
#include "server/store/schema.h"
#include "server/store/writer.h"

namespace pawl {
namespace {

void stop_the_process(const Error& error) {
  fmt::print(stderr, "pawl: the database cannot be trusted any more, stopping: {}\n",
             error.message);
  std::fflush(stderr);
  std::abort();
}

// For the whole process, before SQLite's first use: no lock around each malloc for statistics that
// nobody reads, and the undo pages of savepoints stay in memory instead of a temporary file.
// Without effect when SQLite is in use already.
void configure_sqlite() {
  static std::once_flag once;
  std::call_once(once, [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
  });
}

Result<void> use_write_ahead_log(Connection& connection, Durability durability) {
  Reader reader(connection);
  TRY(const auto mode, sql::value<std::string>(reader, "PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return fail(
        ErrorKind::kEngine,
        fmt::format("database cannot use a write-ahead log here (mode {})", mode.value_or("?")),
        "Put the state directory on a local disk.");
  }
  return connection.execute(durability == Durability::kFull ? "PRAGMA synchronous = FULL"
                                                            : "PRAGMA synchronous = NORMAL");
}

// What nobody keeps is written by one connection, which reads too: no log, no lock between the two.
Result<void> keep_nothing(Connection& connection) {
  return connection.execute_script(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
      "PRAGMA cache_size = -65536;");  // KiB: no page is read twice
}

Result<Epoch> begin_epoch(Connection& connection, Timestamp now) {
  CHECK_OK(connection.execute("BEGIN IMMEDIATE"));
  Transaction transaction(connection, Epoch{}, now);
  Result<Epoch> epoch = raise_epoch(transaction);
  if (epoch) {
    if (Result<void> committed = connection.execute("COMMIT"); !committed)
      epoch = std::unexpected(committed.error());
  }
  if (!epoch && connection.in_transaction()) (void)connection.execute("ROLLBACK");
  return epoch;
}

Result<std::unique_ptr<Connection>> open_writing(const std::filesystem::path& file,
                                                 const StoreOptions& options) {
  TRY(auto connection, Connection::open(file, {.vfs = options.vfs}));
  if (options.durability == Durability::kNone) {
    CHECK_OK(keep_nothing(*connection));
  } else {
    CHECK_OK(use_write_ahead_log(*connection, options.durability));
  }
  CHECK_OK(migrate(*connection, kMigrations));
  CHECK_OK(check_integrity(*connection));
  return connection;
}

Result<std::unique_ptr<ReaderPool>> open_readers(const std::filesystem::path& file,
                                                 const StoreOptions& options) {
  if (options.durability == Durability::kNone) return nullptr;
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < options.readers; ++i) {
    TRY(auto connection, Connection::open(file, {.read_only = true, .vfs = options.vfs}));
    connections.push_back(std::move(connection));
  }
  return std::make_unique<ReaderPool>(std::move(connections));
}

std::unexpected<Error> naming(const std::filesystem::path& file, Error error) {
  error.message = fmt::format("could not open {}: {}", file.string(), error.message);
  return std::unexpected(std::move(error));
}

}  // namespace

Store::Store(std::unique_ptr<Writer> writer, std::unique_ptr<ReaderPool> readers)
    : writer_(std::move(writer)), readers_(std::move(readers)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, const Clock& clock) {
  return open(file, clock, {});
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, const Clock& clock,
                                           const StoreOptions& options) {
  configure_sqlite();
  if (options.vfs == nullptr)
    CHECK_OK(require_local_disk(std::filesystem::absolute(file).parent_path()));
  auto connection = open_writing(file, options);
  if (!connection) return naming(file, connection.error());
  const Result<Epoch> epoch = begin_epoch(**connection, clock.now());
  if (!epoch) return naming(file, epoch.error());
  auto readers = open_readers(file, options);
  if (!readers) return naming(file, readers.error());
  Writer::Options writer_options{
      .epoch = *epoch,
      .checkpoint_pages = options.checkpoint_pages,
      .own_thread = options.durability != Durability::kNone,
      .on_fatal = options.on_fatal ? options.on_fatal : stop_the_process};
  auto writer = std::make_unique<Writer>(*std::move(connection), clock, std::move(writer_options));
  return std::unique_ptr<Store>(new Store(std::move(writer), *std::move(readers)));
}

Result<void> Store::look(const std::filesystem::path& file,
                         const std::function<Result<void>(Reader&)>& f) {
  configure_sqlite();
  auto connection = Connection::open(file, {.read_only = true});
  if (!connection) return naming(file, connection.error());
  CHECK_OK((*connection)->execute("BEGIN"));
  Reader reader(**connection);
  return f(reader);
}

Epoch Store::epoch() const { return writer_->epoch(); }

Result<void> Store::run_write(std::function<bool(Transaction&)> closure) {
  return writer_->run(std::move(closure));
}

Result<void> Store::run_read(const std::function<void(Reader&)>& closure) {
  return readers_ ? readers_->run(closure) : writer_->read(closure);
}

}  // namespace pawl
