#include "server/store/reader_pool.h"

namespace pawl {

Result<void> ReaderPool::run(const std::function<void(Reader&)>& closure) {
  std::unique_ptr<Connection> connection = borrow();
  Result<void> done = connection->execute("BEGIN");
  if (done) {
    Reader reader(*connection);
    closure(reader);
    if (connection->in_transaction()) done = connection->execute("ROLLBACK");
  }
  give_back(std::move(connection));
  return done;
}

std::unique_ptr<Connection> ReaderPool::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !idle_.empty(); });
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace pawl
