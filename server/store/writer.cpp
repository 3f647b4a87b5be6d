#include "server/store/writer.h"

#include <array>
#include <cassert>
#include <utility>

#include "server/store/meta.h"

namespace pawl {
namespace {

int remember_log_length(void* pages, sqlite3*, const char*, int log_pages) {
  *static_cast<int*>(pages) = log_pages;
  return SQLITE_OK;
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const Clock& clock, Options options)
    : connection_(std::move(connection)), clock_(clock), options_(std::move(options)) {
  sqlite3_wal_hook(connection_->handle(), remember_log_length, &log_pages_);
  if (options_.own_thread) thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> Writer::run(Closure closure) {
  assert(std::this_thread::get_id() != thread_.get_id() &&
         "write() inside a write closure would wait for itself");
  Task task{.closure = std::move(closure)};
  std::unique_lock lock(mutex_);
  if (!options_.own_thread) {
    const std::array alone{&task};
    commit_group(alone);
    checkpoint_if_long();
    return std::move(task.outcome);
  }
  queue_.push_back(&task);
  wake_.notify_one();
  task.answered.wait(lock, [&] { return task.done; });
  return std::move(task.outcome);
}

Result<void> Writer::read(const std::function<void(Reader&)>& closure) {
  assert(!options_.own_thread);
  Reader reader(*connection_);
  const bool within_write = connection_->in_transaction();
  if (!within_write) CHECK_OK(connection_->execute("BEGIN"));
  closure(reader);
  if (within_write || !connection_->in_transaction()) return {};
  return connection_->execute("ROLLBACK");
}

void Writer::loop() {
  std::vector<Task*> group;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      group.swap(queue_);
    }
    commit_group(group);
    answer(group);
    group.clear();
    checkpoint_if_long();
  }
}

// Under the lock: a task is gone as soon as its caller has seen `done`.
void Writer::answer(std::span<Task* const> group) {
  const std::lock_guard lock(mutex_);
  for (Task* const task : group) {
    task->done = true;
    task->answered.notify_one();
  }
}

void Writer::commit_group(std::span<Task* const> group) {
  connection_->forget_damage();
  Result<void> done;
  if (fatal_) {
    done = std::unexpected(*fatal_);
  } else {
    done = run_group(group);
  }
  if (done) return;
  if (connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
  if (!fatal_ && connection_->damage() == Damage::kUnknown) stop_after(done.error());
  for (Task* const task : group) task->outcome = done;
}

Result<void> Writer::run_group(std::span<Task* const> group) {
  CHECK_OK(connection_->execute("BEGIN IMMEDIATE"));
  CHECK_OK(require_newest_epoch());
  for (Task* const task : group) CHECK_OK(run_task(*task));
  return connection_->execute("COMMIT");
}

// An Error of this function fails the whole group; an Error of the closure is the closure's own
// affair.
Result<void> Writer::run_task(Task& task) {
  CHECK_OK(connection_->execute("SAVEPOINT closure"));
  Transaction transaction(*connection_, options_.epoch, clock_.now());
  const bool keep = task.closure(transaction);
  if (connection_->damage() != Damage::kNone) return std::unexpected(connection_->damaging_error());
  if (!keep) {
    CHECK_OK(connection_->execute("ROLLBACK TO closure"));
    task.outcome = run_audit(transaction);
  }
  return connection_->execute("RELEASE closure");
}

// A refusal that cannot be audited is answered with the reason for that.
Result<void> Writer::run_audit(Transaction& transaction) {
  const Transaction::Audit audit = transaction.take_audit();
  if (!audit) return {};
  Result<void> written = audit(transaction);
  if (!written) CHECK_OK(connection_->execute("ROLLBACK TO closure"));
  return written;
}

Result<void> Writer::require_newest_epoch() {
  Reader reader(*connection_);
  TRY(const Epoch newest, newest_epoch(reader));
  if (newest == options_.epoch) return {};
  return fail(ErrorKind::kConflict,
              "a newer server has taken over this state directory (epoch " +
                  std::to_string(newest.value) + ", ours is " +
                  std::to_string(options_.epoch.value) + ")",
              "Connect again; the newer server answers.");
}

void Writer::stop_after(const Error& error) {
  fatal_ = error;
  options_.on_fatal(error);
}

// After the answers, so that nobody waits for it. A checkpoint that finds readers in its way leaves
// the rest for the next one; a log that has become very long makes new readers wait once.
void Writer::checkpoint_if_long() {
  if (fatal_ || log_pages_ < options_.checkpoint_pages) return;
  const bool very_long = log_pages_ > 20 * options_.checkpoint_pages;
  const int mode = very_long ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return;
  connection_->forget_damage();
  const Error error = connection_->error();
  if (connection_->damage() == Damage::kUnknown)
    stop_after(error);  // a full disk only makes the log longer
}

}  // namespace pawl
