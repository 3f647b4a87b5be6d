// Does the ledger add up? Run at start and now and then; a mismatch stops launches (L2) and never
// settling.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/ledger.h"
#include "server/store/transaction.h"

namespace pawl {

struct LedgerRow;

enum class MismatchKind : std::uint8_t {
  kHash,         // a row, or one before it, is not the row that was written
  kBalance,      // the cached balance of a window is not the sum of its rows
  kReservation,  // a closed reservation still holds money, or an open one holds none of what it
                 // reserved
};

struct Mismatch {
  MismatchKind kind;
  std::string what;  // one line with ids and both values
};

// Reads the whole ledger at its first look, and then what was written since: every balance and
// every reservation against all rows, but no row twice. A row that is changed by hand after it was
// looked at shows to a new one only. Begins anew after a look that found something.
class LedgerCheck {
 public:
  Result<std::vector<Mismatch>> look(Reader& reader);  // empty: the ledger adds up

 private:
  struct Sums {
    Amount spent, reserved, overrun;
    bool operator==(const Sums&) const = default;
  };
  // What a reservation holds of a window, until a row has given back all of it.
  struct Held {
    Amount amount;
    std::int64_t firsts = 0;  // reserve rows that are no top-up
  };

  Result<void> look_at_all(Reader& reader, std::vector<Mismatch>& found);
  Result<void> look_at_last(Reader& reader, std::vector<Mismatch>& found) const;
  Result<void> look_at_rows(Reader& reader, std::vector<Mismatch>& found);
  void add(const LedgerRow& row);
  Result<void> look_at_balances(Reader& reader, std::vector<Mismatch>& found) const;
  Result<void> look_at_held(Reader& reader, std::vector<Mismatch>& found) const;
  static Result<void> look_at_given_back(Reader& reader, std::vector<Mismatch>& found);
  static std::string text_of(const Sums& sums);

  std::int64_t last_id_ = 0;
  std::string last_hash_;
  std::map<WindowId, Sums> sums_;
  std::map<ReservationId, std::map<WindowId, Held>> held_;
};

// One look at the whole ledger.
Result<std::vector<Mismatch>> verify_ledger(Reader& reader);

}  // namespace pawl
