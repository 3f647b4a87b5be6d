#include "server/protocol/workers.h"

#include <utility>

namespace pawl {

Workers::~Workers() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (Worker& worker : workers_) worker.thread.join();  // nobody adds one any more
}

bool Workers::run(std::function<void()> task) {
  const std::scoped_lock lock(mutex_);
  reap();
  if (queue_.size() == free_) {
    if (workers_.size() == threads_max_) return false;
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker] { work(worker); });
    ++free_;  // on its behalf: it takes this task or another
  }
  queue_.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

std::size_t Workers::threads() const {
  const std::scoped_lock lock(mutex_);
  return workers_.size();
}

void Workers::work(Worker& self) {
  std::unique_lock lock(mutex_);
  for (;;) {  // we are counted in free_ here
    wake_.wait_for(lock, idle_, [this] { return closing_ || !queue_.empty(); });
    --free_;
    if (queue_.empty()) break;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds is released outside the lock
    lock.lock();
    ++free_;
  }
  self.ended = true;
}

void Workers::reap() {
  std::erase_if(workers_, [](Worker& worker) {
    if (worker.ended) worker.thread.join();  // it left the mutex for good, or is about to
    return worker.ended;
  });
}

}  // namespace pawl
