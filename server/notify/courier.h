// Brings the notes of the outbox to the human's address: at least once, in their order, with longer
// and longer pauses after failures. A thread of its own, because the other side may be slow; no
// transaction is open meanwhile.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/outbox.h"
#include "server/store/store.h"

namespace pawl {

inline constexpr std::int32_t kTriesMax = 50;  // about a day

// After so many failed tries: 1, 5, then every 30 minutes; absent: it is given up. Pure.
std::optional<Milliseconds> pause_after(std::int32_t tries);

// {"event": "budget.warn", "at": "2026-11-22T08:43:47Z", "subject": ..., "text": ...}
std::string body_of(const Note& note);

// "env:NAME" is what `variable` says of NAME, anything else stands for itself; empty: nobody is
// told. The address is a secret: it is neither stored nor logged.
std::string resolve_address(const std::string& url,
                            const std::function<const char*(const char*)>& variable);

class Courier {
 public:
  using Address = std::function<std::string()>;  // asked before each delivery

  Courier(Store& store, const Clock& clock, Address address)
      : store_(store), clock_(clock), address_(std::move(address)) {}

  void start();
  // One pass over what is due. Called by the thread; tests call it alone.
  Result<void> deliver_due();

 private:
  void run(const std::stop_token& stop);
  Result<bool> deliver(const std::string& url, const Note& note);

  Store& store_;        // outlives us
  const Clock& clock_;  // outlives us
  Address address_;
  std::jthread thread_;
};

}  // namespace pawl
