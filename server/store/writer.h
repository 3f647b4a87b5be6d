// The writer thread: takes what has queued up while the last group was being committed, runs it as
// the next group, and answers after COMMIT. Under load the cost of one fsync is shared by all who
// wait; alone, a write waits for nobody.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/connection.h"
#include "server/store/transaction.h"

namespace pawl {

class Writer {
 public:
  using Closure = std::function<bool(Transaction&)>;  // false: roll back what it wrote
  struct Options {
    Epoch epoch;
    int checkpoint_pages = 1000;
    bool own_thread = true;  // false: each write is a group of its own, committed by its caller
    std::function<void(const Error&)> on_fatal;
  };

  Writer(std::unique_ptr<Connection> connection, const Clock& clock, Options options);
  ~Writer();  // answers what is queued

  // Blocks until the group is durable, or has failed as a whole.
  Result<void> run(Closure closure);
  // For a store without readers and without a thread. Inside a write it sees what that has written.
  Result<void> read(const std::function<void(Reader&)>& closure);
  Epoch epoch() const { return options_.epoch; }

 private:
  struct Task {
    Closure closure;
    Result<void> outcome{};  // of the closure's group, or of its audit
    bool done = false;       // guarded by mutex_
    std::condition_variable answered{};
  };

  void loop();
  void commit_group(std::span<Task* const> group);
  void answer(std::span<Task* const> group);
  Result<void> run_group(std::span<Task* const> group);
  Result<void> run_task(Task& task);
  Result<void> run_audit(Transaction& transaction);
  Result<void> require_newest_epoch();
  void stop_after(const Error& error);
  void checkpoint_if_long();

  std::unique_ptr<Connection> connection_;
  const Clock& clock_;  // outlives us
  const Options options_;
  std::optional<Error> fatal_;  // writer thread only
  int log_pages_ = 0;           // writer thread only: length of the write-ahead log

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task*> queue_;  // guarded by mutex_, as is stopping_
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace pawl
