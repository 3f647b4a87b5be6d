#include "server/protocol/calls.h"

#include <vector>

namespace pawl {

std::optional<Calls::Refusal> Calls::begin(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  if (calls_.contains(id)) return Refusal::kDuplicate;
  if (running_ >= calls_max_) return Refusal::kTooMany;
  calls_.try_emplace(id);
  ++running_;
  return std::nullopt;
}

std::stop_token Calls::token(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  return calls_.at(id).stop.get_token();
}

void Calls::cancel(const std::string& id) {
  std::stop_source stop(std::nostopstate);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    found->second.cancelled = true;
    stop = found->second.stop;
  }
  stop.request_stop();  // outside the lock: it runs the callbacks of whoever waits
}

bool Calls::close(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto call = calls_.extract(id);
  return !call.mapped().cancelled;
}

void Calls::leave() {
  const std::scoped_lock lock(mutex_);
  --running_;
  left_.notify_all();  // under the lock: the one who waits may destroy us next
}

void Calls::stop_all() {
  std::vector<std::stop_source> stops;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, call] : calls_) stops.push_back(call.stop);
  }
  for (std::stop_source& stop : stops) stop.request_stop();
}

void Calls::wait_until_none() {
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return running_ == 0; });
}

}  // namespace pawl
