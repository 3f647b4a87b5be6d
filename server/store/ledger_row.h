// One row of the ledger: what it moved in one window, and the hash that chains it to the row
// before. Used by this folder only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/ledger.h"
#include "server/store/query.h"
#include "server/store/transaction.h"

namespace pawl {

enum class LedgerKind : std::uint8_t { kReserve, kSettle, kRelease, kAdjust };

// Signed: what the balance of the window changed by.
struct Move {
  LedgerKind kind{};
  std::optional<ReservationId> reservation{};
  WindowId window;
  Amount reserved{}, spent{}, overrun{};
  std::string principal{}, reason{};
};

// What the window had left before a reserve row; absent where nothing limits.
struct Headroom {
  std::optional<Money> money;
  std::optional<Milliseconds> gpu_time;
};

struct LedgerRow : Move {
  std::int64_t id = 0;
  Timestamp at{};
  Epoch epoch;
  Headroom headroom;
  std::string hash;
};

#define LEDGER_COLUMNS                                                                 \
  "id, at, epoch, kind, reservation, budget_window, reserved_money, reserved_gpu_ms, " \
  "spent_money, spent_gpu_ms,"                                                         \
  " overrun_money, overrun_gpu_ms, headroom_money, headroom_gpu_ms, principal, reason, hash"

LedgerRow ledger_row_from(sql::Row& row);  // columns as LEDGER_COLUMNS

// SHA-256 over the previous hash (empty for the first row) and every value of the row.
std::string hash_of(const std::string& previous, const LedgerRow& row);

// Appends rows and moves the balances with them, so that neither can happen without the other.
class LedgerPen {
 public:
  explicit LedgerPen(Transaction& transaction) : transaction_(transaction) {}
  // DENIED when a reserve row is over the headroom of its window.
  Result<void> write(const Move& move);

 private:
  Result<void> find_end();
  Transaction& transaction_;  // outlives us
  std::int64_t last_id_ = -1;
  std::string last_hash_;
};

}  // namespace pawl
