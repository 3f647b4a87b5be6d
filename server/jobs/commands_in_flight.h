// In which sandboxes a command runs. In memory: a server that goes takes its commands along.
// Thread-safe.
#pragma once
#include <mutex>
#include <set>

#include "server/core/ids.h"

namespace pawl {

class CommandsInFlight {
 public:
  // Nobody else's command runs there while this lives.
  class Turn {
   public:
    Turn(CommandsInFlight& all, JobId job) : all_(all), job_(job) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { all_.leave(job_); }

   private:
    CommandsInFlight& all_;
    JobId job_;
  };

  bool enter(JobId job) {  // false: one runs there; else make a Turn of it
    const std::scoped_lock lock(mutex_);
    return busy_.insert(job).second;
  }
  bool busy(JobId job) const {
    const std::scoped_lock lock(mutex_);
    return busy_.contains(job);
  }

 private:
  void leave(JobId job) {
    const std::scoped_lock lock(mutex_);
    busy_.erase(job);
  }

  mutable std::mutex mutex_;
  std::set<JobId> busy_;
};

}  // namespace pawl
