// One thread beside the caller's, which does what it is asked for in the order of asking.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace trainer {

class Worker {
 public:
  Worker();
  // What has not begun by then is never done; what has begun is waited for.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void ask(std::function<void()> task);  // which does not throw
  void wait();                           // until all that was asked is done

 private:
  void work();

  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // the first one is being done
  bool is_stopping_ = false;
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace trainer
