// Wakes whoever waits for "something changed": the scheduler, and every wait_jobs call. Rings are
// counted, so that one that came between looking and waiting is never missed.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace pawl {

class Bell {
 public:
  std::uint64_t rings() const {
    const std::scoped_lock lock(mutex_);
    return rings_;
  }

  void ring() {
    {
      const std::scoped_lock lock(mutex_);
      ++rings_;
    }
    changed_.notify_all();
  }

  // Returns at the first ring after `seen`, when `stop` is asked, or after `timeout`.
  void wait(std::uint64_t seen, const std::stop_token& stop, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, timeout, [&] { return rings_ != seen; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t rings_ = 0;
};

}  // namespace pawl
