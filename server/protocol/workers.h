// Threads for calls that may take long. There are as many as calls that run at once, up to a limit;
// one without work for a while ends.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace pawl {

class Workers {
 public:
  explicit Workers(std::size_t threads_max = 256,
                   std::chrono::milliseconds idle = std::chrono::seconds(10))
      : threads_max_(threads_max), idle_(idle) {}
  ~Workers();  // joins: whoever started a long call must have stopped it
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Starts `task` at once, or returns false when every thread is busy: a call that waits for others
  // that wait would look like a dead server.
  [[nodiscard]] bool run(std::function<void()> task);

  std::size_t threads() const;

 private:
  struct Worker {
    std::thread thread;
    bool ended = false;
  };
  void work(Worker& self);
  void reap();  // joins the threads that ended; the mutex is held

  const std::size_t threads_max_;
  const std::chrono::milliseconds idle_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;  // never longer than free_
  std::list<Worker> workers_;
  std::size_t free_ = 0;  // threads that wait for a task
  bool closing_ = false;
};

}  // namespace pawl
