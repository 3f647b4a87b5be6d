// A few threads that do what takes long, so that the scheduler never waits for a disk or a fork.
// With none, each task is done in add(), by the caller: a simulation has one order of events only.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pawl {

class Crew {
 public:
  explicit Crew(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  }

  void add(std::function<void()> task) {
    if (threads_.empty()) return task();
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    more_.notify_one();
  }

  // The destructor lets running tasks finish and drops those that have not begun: recovery picks
  // them up.
 private:
  void work(const std::stop_token& stop) {
    while (true) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        if (!more_.wait(lock, stop, [this] { return !tasks_.empty(); }) || stop.stop_requested())
          return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any more_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace pawl
