// Why queued jobs wait, as the scheduler found when it looked last. Kept in memory: it changes with
// every slot that falls free, and a server that starts looks at once. Thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "server/core/job.h"

namespace pawl {

struct Waiting {
  Reason reason = Reason::kNone;  // kNone: nothing is in the way
  std::string detail{};
};

// What one job of a kind waits for, all of them do.
// Principal, stage, GPUs, what binds it to a class: its round (positive) or, once it was tried,
// itself (negative), as a sandbox always, which has a cap of its own; and its limit in
// milliseconds.
using JobKind = std::tuple<std::string, std::string, std::int32_t, std::int64_t, std::int64_t>;

template <class Job>
JobKind kind_of(const Job& job) {
  const std::int64_t alone = job.attempts > 0 || job.sandbox ? -job.id.value : 0;
  return {job.principal, job.stage, job.gpus, job.round ? job.round->value : alone,
          job.limit.count()};
}

class WaitingReasons {
 public:
  // `all`: what every kind waits for that is not in `kinds`.
  void set(Waiting all, std::map<JobKind, Waiting> kinds) {
    const std::scoped_lock lock(mutex_);
    all_ = std::move(all);
    kinds_ = std::move(kinds);
  }

  Waiting of(const JobKind& kind) const {
    const std::scoped_lock lock(mutex_);
    const auto found = kinds_.find(kind);
    return found == kinds_.end() ? all_ : found->second;
  }

 private:
  mutable std::mutex mutex_;
  Waiting all_;
  std::map<JobKind, Waiting> kinds_;
};

}  // namespace pawl
