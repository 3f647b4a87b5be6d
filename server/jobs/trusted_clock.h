// The time that picks budget windows: the wall clock as far as the monotonic clock agrees, never
// behind what was stored (L16). Thread-safe.
#pragma once
#include <mutex>
#include <optional>
#include <string>

#include "server/budget/trusted_time.h"
#include "server/core/clock.h"
#include "server/core/result.h"

namespace pawl {

class Store;
class Transaction;

class TrustedClock {
 public:
  TrustedClock(const Clock& clock, std::string boot_id)
      : clock_(clock), boot_id_(std::move(boot_id)) {}

  Result<void> load(Store& store);  // the mark of the last server; call before the first now()
  Timestamp now();
  Result<void> save(Transaction& transaction);  // with every commit that picked a window

  std::chrono::milliseconds since_boot() const { return clock_.since_boot(); }
  const std::string& boot_id() const { return boot_id_; }
  TimeTrust trust() const;

 private:
  const Clock& clock_;  // outlives us
  const std::string boot_id_;
  mutable std::mutex mutex_;
  std::optional<TimeMark> mark_;
  TimeTrust trust_ = TimeTrust::kFirst;
};

}  // namespace pawl
