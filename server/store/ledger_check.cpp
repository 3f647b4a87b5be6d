#include "server/store/ledger_check.h"

#include <fmt/format.h>

#include "server/store/ledger_row.h"
#include "server/store/query.h"

namespace pawl {
namespace {

// Rows are numbered without gaps, so that a missing one shows as well as a changed one. One finding
// is enough: every row after it is in doubt.
Result<void> check_hashes(Reader& reader, std::vector<Mismatch>& found) {
  std::string previous;
  std::int64_t expected_id = 1;
  bool broken = false;
  const auto check = [&](sql::Row& columns) {
    const LedgerRow row = ledger_row_from(columns);
    if (!broken && (row.id != expected_id || row.hash != hash_of(previous, row))) {
      broken = true;
      found.push_back({MismatchKind::kHash,
                       fmt::format("ledger row {}: its hash does not follow from row {} (hash {})",
                                   row.id, expected_id - 1, row.hash.substr(0, 12))});
    }
    previous = row.hash;
    ++expected_id;
  };
  return sql::each(reader, "SELECT " LEDGER_COLUMNS " FROM ledger ORDER BY id", check);
}

struct Sums {
  Amount spent, reserved, overrun;
  bool operator==(const Sums&) const = default;
};

std::string text_of(const Sums& sums) {
  return fmt::format("spent {}/{}, reserved {}/{}, overrun {}/{}", sums.spent.money.micros(),
                     sums.spent.gpu_time.count(), sums.reserved.money.micros(),
                     sums.reserved.gpu_time.count(), sums.overrun.money.micros(),
                     sums.overrun.gpu_time.count());
}

Sums sums_from(sql::Row& row) {
  Sums sums;
  sums.spent = row.take_amount();
  sums.reserved = row.take_amount();
  sums.overrun = row.take_amount();
  return sums;
}

Result<void> check_balances(Reader& reader, std::vector<Mismatch>& found) {
  const auto check = [&](sql::Row& row) {
    const auto window = row.take<WindowId>();
    const Sums cached = sums_from(row);
    const Sums summed = sums_from(row);
    if (cached == summed) return;
    found.push_back({MismatchKind::kBalance,
                     fmt::format("budget window {}: balance says {}; its ledger rows say {}",
                                 window.value, text_of(cached), text_of(summed))});
  };
  return sql::each(
      reader,
      "SELECT w.id, w.spent_money, w.spent_gpu_ms, w.reserved_money, w.reserved_gpu_ms, "
      "w.overrun_money,"
      " w.overrun_gpu_ms, coalesce(sum(l.spent_money), 0), coalesce(sum(l.spent_gpu_ms), 0), "
      "coalesce(sum(l.reserved_money), 0),"
      " coalesce(sum(l.reserved_gpu_ms), 0), coalesce(sum(l.overrun_money), 0), "
      "coalesce(sum(l.overrun_gpu_ms), 0)"
      " FROM budget_window AS w LEFT JOIN ledger AS l ON l.budget_window = w.id GROUP BY w.id",
      check);
}

// An open reservation is one reserve row a window, and top-ups, which say why; a closed one has
// given back what it took, window by window.
Result<void> check_reservations(Reader& reader, std::vector<Mismatch>& found) {
  const auto note = [&](sql::Row& row) {
    const auto reservation = row.take<ReservationId>();
    const auto state = row.take<std::string>();
    const auto window = row.take<WindowId>();
    found.push_back(
        {MismatchKind::kReservation,
         fmt::format("reservation {} is {} and still holds {} micro-USD in budget window {}",
                     reservation.value, state, row.take<std::int64_t>(), window.value)});
  };
  return sql::each(
      reader,
      "SELECT r.id, r.state, l.budget_window, sum(l.reserved_money)"
      " FROM reservation AS r JOIN ledger AS l ON l.reservation = r.id GROUP BY r.id, "
      "l.budget_window"
      " HAVING (r.state = 'open'"
      "  AND count(*) FILTER (WHERE l.kind != 'reserve' OR l.reason = '') != 1)"
      " OR (r.state != 'open' AND (sum(l.reserved_money) != 0 OR sum(l.reserved_gpu_ms) != 0))",
      note);
}

}  // namespace

Result<std::vector<Mismatch>> verify_ledger(Reader& reader) {
  std::vector<Mismatch> found;
  CHECK_OK(check_hashes(reader, found));
  CHECK_OK(check_balances(reader, found));
  CHECK_OK(check_reservations(reader, found));
  return found;
}

}  // namespace pawl
