#include "server/store/ledger_check.h"

#include <fmt/format.h>

#include "server/store/ledger_row.h"
#include "server/store/query.h"

namespace pawl {

std::string LedgerCheck::text_of(const Sums& sums) {
  return fmt::format("spent {}/{}, reserved {}/{}, overrun {}/{}", sums.spent.money.micros(),
                     sums.spent.gpu_time.count(), sums.reserved.money.micros(),
                     sums.reserved.gpu_time.count(), sums.overrun.money.micros(),
                     sums.overrun.gpu_time.count());
}

// The chain goes on from it.
Result<void> LedgerCheck::look_at_last(Reader& reader, std::vector<Mismatch>& found) const {
  if (last_id_ == 0) return {};
  TRY(const auto hash,
      sql::value<std::string>(reader, "SELECT hash FROM ledger WHERE id = ?", last_id_));
  if (hash == last_hash_) return {};
  found.push_back({MismatchKind::kHash,
                   fmt::format("ledger row {}: it is not the row that was there before (hash {})",
                               last_id_, last_hash_.substr(0, 12))});
  return {};
}

void LedgerCheck::add(const LedgerRow& row) {
  Sums& sums = sums_[row.window];
  sums.spent = sums.spent + row.spent;
  sums.reserved = sums.reserved + row.reserved;
  sums.overrun = sums.overrun + row.overrun;
  if (!row.reservation) return;
  auto& windows = held_[*row.reservation];
  Held& held = windows[row.window];
  held.amount = held.amount + row.reserved;
  if (row.kind == LedgerKind::kReserve && row.reason.empty()) ++held.firsts;
  if (row.kind == LedgerKind::kReserve || held.amount != Amount{}) return;
  windows.erase(row.window);
  if (windows.empty()) held_.erase(*row.reservation);
}

// Rows are numbered without gaps, so that a missing one shows as well as a changed one. One finding
// is enough: every row after it is in doubt.
Result<void> LedgerCheck::look_at_rows(Reader& reader, std::vector<Mismatch>& found) {
  bool broken = false;
  const auto check = [&](sql::Row& columns) {
    const LedgerRow row = ledger_row_from(columns);
    if (!broken && (row.id != last_id_ + 1 || row.hash != hash_of(last_hash_, row))) {
      broken = true;
      found.push_back({MismatchKind::kHash,
                       fmt::format("ledger row {}: its hash does not follow from row {} (hash {})",
                                   row.id, last_id_, row.hash.substr(0, 12))});
    }
    add(row);
    last_hash_ = row.hash;
    ++last_id_;
  };
  return sql::each(reader, "SELECT " LEDGER_COLUMNS " FROM ledger WHERE id > ? ORDER BY id", check,
                   last_id_);
}

Result<void> LedgerCheck::look_at_balances(Reader& reader, std::vector<Mismatch>& found) const {
  const auto check = [&](sql::Row& row) {
    const auto window = row.take<WindowId>();
    Sums cached;
    cached.spent = row.take_amount();
    cached.reserved = row.take_amount();
    cached.overrun = row.take_amount();
    const auto known = sums_.find(window);
    const Sums summed = known == sums_.end() ? Sums{} : known->second;
    if (cached == summed) return;
    found.push_back({MismatchKind::kBalance,
                     fmt::format("budget window {}: balance says {}; its ledger rows say {}",
                                 window.value, text_of(cached), text_of(summed))});
  };
  return sql::each(reader,
                   "SELECT id, spent_money, spent_gpu_ms, reserved_money, reserved_gpu_ms,"
                   " overrun_money, overrun_gpu_ms FROM budget_window",
                   check);
}

// An open reservation is one reserve row a window, and top-ups, which say why; a closed one has
// given back what it took, window by window.
Result<void> LedgerCheck::look_at_held(Reader& reader, std::vector<Mismatch>& found) const {
  for (const auto& [reservation, windows] : held_) {
    TRY(const auto state,
        sql::value<std::string>(reader, "SELECT state FROM reservation WHERE id = ?", reservation));
    for (const auto& [window, held] : windows) {
      if (state == "open" && held.firsts == 1) continue;
      found.push_back(
          {MismatchKind::kReservation,
           fmt::format("reservation {} is {} and still holds {} micro-USD in budget window {}",
                       reservation.value, state.value_or("not there"), held.amount.money.micros(),
                       window.value)});
    }
  }
  return {};
}

Result<void> LedgerCheck::look_at_given_back(Reader& reader, std::vector<Mismatch>& found) {
  const auto note = [&](sql::Row& row) {
    const auto reservation = row.take<ReservationId>();
    found.push_back(
        {MismatchKind::kReservation,
         fmt::format("reservation {} is open and has given back what it held in budget window {}",
                     reservation.value, row.take<WindowId>().value)});
  };
  return sql::each(reader,
                   "SELECT r.id, l.budget_window FROM reservation AS r JOIN ledger AS l"
                   " ON l.reservation = r.id AND l.kind IN ('settle', 'release')"
                   " WHERE r.state = 'open'",
                   note);
}

Result<void> LedgerCheck::look_at_all(Reader& reader, std::vector<Mismatch>& found) {
  CHECK_OK(look_at_last(reader, found));
  CHECK_OK(look_at_rows(reader, found));
  CHECK_OK(look_at_balances(reader, found));
  CHECK_OK(look_at_held(reader, found));
  return look_at_given_back(reader, found);
}

Result<std::vector<Mismatch>> LedgerCheck::look(Reader& reader) {
  std::vector<Mismatch> found;
  const Result<void> done = look_at_all(reader, found);
  if (!done || !found.empty()) *this = {};
  if (!done) return std::unexpected(done.error());
  return found;
}

Result<std::vector<Mismatch>> verify_ledger(Reader& reader) { return LedgerCheck().look(reader); }

}  // namespace pawl
