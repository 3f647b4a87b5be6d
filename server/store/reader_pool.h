// Read-only connections, lent to one thread at a time. A reader never blocks the writer, but an old
// snapshot keeps the log from being folded, so reads are short.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "server/core/result.h"
#include "server/store/connection.h"
#include "server/store/transaction.h"

namespace pawl {

class ReaderPool {
 public:
  explicit ReaderPool(std::vector<std::unique_ptr<Connection>> connections)
      : idle_(std::move(connections)) {}

  // Waits for a free connection, then runs the closure in one read transaction.
  Result<void> run(const std::function<void(Reader&)>& closure);

 private:
  std::unique_ptr<Connection> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
};

}  // namespace pawl
