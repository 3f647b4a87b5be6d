// The one database of a state directory. One writer thread owns the only read-write connection and
// commits in groups; a pool of read-only connections answers reads. SQL lives in this folder and
// nowhere else.
//
// Promises: a write that was answered with a value survives kill -9 and power loss (WAL,
// synchronous=FULL, answered after COMMIT). A closure that returns an Error leaves nothing behind,
// whatever its neighbours in the group did. A server whose epoch is no longer the newest one in the
// database can read, but not write (L8).
//
// Thread safety: read() and write() may be called from any thread. A closure must not call write()
// itself, and should be short: the whole group waits for it, and an open reader keeps the log from
// being folded into the database.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

class ReaderPool;
class Writer;

enum class Durability : std::uint8_t {
  kFull,
  kNormal,  // loses acknowledged writes at a power cut; exists so that a test can show that it
            // would notice
  kNone,    // for a simulation, whose state nobody keeps: nothing waits for the disk, or for a
            // thread
};

struct StoreOptions {
  int readers = 4;
  int checkpoint_pages =
      1000;  // the writer folds its log into the database when it is longer than this
  Durability durability = Durability::kFull;
  const char* vfs = nullptr;  // SQLite's file layer; tests put one underneath that fails
  // Called on the writer thread after a failed fsync or I/O error: what is on disk is no longer
  // known, so the process must end and recover. When it returns (tests), every later write is
  // refused. Default: message and abort().
  std::function<void(const Error&)> on_fatal{};
};

class Store {
 public:
  // Opens or creates the file, brings the schema up to date, checks it, and raises the epoch.
  // `clock` gives the time of every row (Transaction::now) and must outlive the store. Refuses
  // network file systems and newer schemas.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, const Clock& clock);
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, const Clock& clock,
                                             const StoreOptions& options);
  // f: Result<void>(Reader&), on one snapshot of a database that a server may be writing to. Needs
  // no server and writes nothing.
  static Result<void> look(const std::filesystem::path& file,
                           const std::function<Result<void>(Reader&)>& f);
  ~Store();  // answers what is queued, then closes

  Epoch epoch() const;

  // f: Result<T>(Transaction&), run on the writer thread. Returns after COMMIT (or after the
  // rollback).
  template <class F>
  auto write(F&& f) -> std::invoke_result_t<F&, Transaction&> {
    std::optional<std::invoke_result_t<F&, Transaction&>> answer;
    CHECK_OK(run_write([&](Transaction& transaction) {
      answer.emplace(f(transaction));
      return answer->has_value();
    }));
    return *std::move(answer);
  }

  // f: Result<T>(Reader&), run on the calling thread against one consistent snapshot.
  template <class F>
  auto read(F&& f) -> std::invoke_result_t<F&, Reader&> {
    std::optional<std::invoke_result_t<F&, Reader&>> answer;
    CHECK_OK(run_read([&](Reader& reader) { answer.emplace(f(reader)); }));
    return *std::move(answer);
  }

 private:
  Store(std::unique_ptr<Writer> writer, std::unique_ptr<ReaderPool> readers);
  Result<void> run_write(std::function<bool(Transaction&)> closure);
  Result<void> run_read(const std::function<void(Reader&)>& closure);

  std::unique_ptr<Writer> writer_;  // before the readers: they need its log index while they close
  std::unique_ptr<ReaderPool> readers_;
};

}  // namespace pawl
