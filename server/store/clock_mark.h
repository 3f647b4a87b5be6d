// The high-water mark of trusted wall time (L16): after a restart, or when the wall clock jumps,
// budget windows are picked by it.
#pragma once
#include <optional>
#include <string>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct ClockMark {
  Timestamp wall{};
  Milliseconds since_boot{0};
  std::string boot_id;      // since_boot means something only inside one boot
  Milliseconds stepped{0};  // how far accepted steps have moved `wall` in this boot
  bool operator==(const ClockMark&) const = default;
};

Result<void> put_clock_mark(Transaction& transaction,
                            const ClockMark& mark);  // an older wall time is ignored
Result<std::optional<ClockMark>> clock_mark(Reader& reader);

}  // namespace pawl
