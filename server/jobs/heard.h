// When each agent was last answered. In memory: after a restart of the server an agent counts from
// its next call. Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "server/core/clock.h"

namespace pawl {

class Heard {
 public:
  using Who = std::pair<std::string, std::string>;  // principal, agent

  void note(const Who& who, Timestamp now) {
    const std::scoped_lock lock(mutex_);
    last_[who] = now;
  }
  std::map<Who, Timestamp> all() const {
    const std::scoped_lock lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<Who, Timestamp> last_;
};

}  // namespace pawl
