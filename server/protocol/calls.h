// The calls of one session that are running: each can be told to stop, and the session can wait for
// the last one. Thread-safe.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace pawl {

class Calls {
 public:
  enum class Refusal { kDuplicate, kTooMany };

  explicit Calls(std::size_t calls_max) : calls_max_(calls_max) {}

  // Registers a call under its request id; the token tells it to stop.
  std::optional<Refusal> begin(const std::string& id);
  std::stop_token token(const std::string& id) const;

  // The client does not want the answer any more. Unknown ids are ended calls: nothing happens.
  void cancel(const std::string& id);

  // The call has its result: the id is free again. True when the client still wants the answer.
  bool close(const std::string& id);

  // The call's last act: nothing of the session may be touched after it.
  void leave();

  void stop_all();
  void wait_until_none();

 private:
  struct Call {
    std::stop_source stop;
    bool cancelled = false;
  };
  const std::size_t calls_max_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::map<std::string, Call> calls_;  // without their results yet
  std::size_t running_ = 0;            // entered and not left
};

}  // namespace pawl
