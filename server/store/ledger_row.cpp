#include "server/store/ledger_row.h"

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "server/core/digest.h"

namespace pawl {
namespace {

constexpr std::array kKinds = {"reserve", "settle", "release", "adjust"};

std::string text_of(const Amount& amount) {
  return fmt::format("{},{}", amount.money.micros(), amount.gpu_time.count());
}

template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? fmt::format("{}", sql::stored(*value)) : "-";
}

Headroom headroom_from(sql::Row& row) {
  const auto money = row.take<std::optional<Money>>();
  const auto gpu_time = row.take<std::optional<Milliseconds>>();
  const Amount used = row.take_amount();
  Headroom headroom;
  // A cap that was lowered under what is used leaves nothing, and nothing is always allowed.
  if (money) headroom.money = std::max(Money(), *money - used.money);
  if (gpu_time) headroom.gpu_time = std::max(Milliseconds(0), *gpu_time - used.gpu_time);
  return headroom;
}

std::unexpected<Error> no_window(WindowId id) {
  return fail(ErrorKind::kNotFound, fmt::format("there is no budget window with id {}", id.value));
}

Result<Headroom> headroom_of(Reader& reader, WindowId window) {
  TRY(const auto headroom,
      sql::one(reader,
               "SELECT cap_money, cap_gpu_ms, spent_money + reserved_money + overrun_money,"
               " spent_gpu_ms + reserved_gpu_ms + overrun_gpu_ms FROM budget_window WHERE id = ?",
               headroom_from, window));
  if (!headroom) return no_window(window);
  return *headroom;
}

Result<void> move_balance(Transaction& transaction, const Move& move) {
  TRY(const auto changed,
      sql::change(transaction,
                  "UPDATE budget_window SET"
                  " reserved_money = reserved_money + ?, reserved_gpu_ms = reserved_gpu_ms + ?,"
                  " spent_money = spent_money + ?, spent_gpu_ms = spent_gpu_ms + ?,"
                  " overrun_money = overrun_money + ?, overrun_gpu_ms = overrun_gpu_ms + ?"
                  " WHERE id = ?",
                  move.reserved.money, move.reserved.gpu_time, move.spent.money,
                  move.spent.gpu_time, move.overrun.money, move.overrun.gpu_time, move.window));
  if (changed == 0) return no_window(move.window);
  return {};
}

// The schema refuses the row too (CHECK within_headroom); this is its refusal in words.
Result<void> require_room(const Move& move, const Headroom& headroom) {
  const bool over_money = headroom.money && move.reserved.money > *headroom.money;
  const bool over_time = headroom.gpu_time && move.reserved.gpu_time > *headroom.gpu_time;
  if (!over_money && !over_time) return {};
  return fail(
      ErrorKind::kDenied,
      fmt::format("reservation of {} USD and {} ms GPU time is over what budget window {} has"
                  " left ({} micro-USD, {} ms)",
                  format_usd(move.reserved.money), move.reserved.gpu_time.count(),
                  move.window.value, text_of(headroom.money), text_of(headroom.gpu_time)));
}

}  // namespace

LedgerRow ledger_row_from(sql::Row& row) {
  LedgerRow line;
  line.id = row.take<std::int64_t>();
  line.at = row.take<Timestamp>();
  line.epoch = row.take<Epoch>();
  line.kind = row.take_word<LedgerKind>(kKinds);
  line.reservation = row.take<std::optional<ReservationId>>();
  line.window = row.take<WindowId>();
  line.reserved = row.take_amount();
  line.spent = row.take_amount();
  line.overrun = row.take_amount();
  line.headroom.money = row.take<std::optional<Money>>();
  line.headroom.gpu_time = row.take<std::optional<Milliseconds>>();
  line.principal = row.take<std::string>();
  line.reason = row.take<std::string>();
  line.hash = row.take<std::string>();
  return line;
}

// Texts carry their length, so that no two rows write the same line.
std::string hash_of(const std::string& previous, const LedgerRow& row) {
  return sha256_hex(fmt::format(
      "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}:{}|{}:{}", previous, row.id, sql::stored(row.at),
      row.epoch.value, sql::word(kKinds, row.kind), text_of(row.reservation), row.window.value,
      text_of(row.reserved), text_of(row.spent), text_of(row.overrun), text_of(row.headroom.money),
      text_of(row.headroom.gpu_time), row.principal.size(), row.principal, row.reason.size(),
      row.reason));
}

Result<void> LedgerPen::find_end() {
  if (last_id_ >= 0) return {};
  struct End {
    std::int64_t id;
    std::string hash;
  };
  TRY(auto end, sql::one(transaction_, "SELECT id, hash FROM ledger ORDER BY id DESC LIMIT 1",
                         [](sql::Row& row) {
                           const auto id = row.take<std::int64_t>();
                           return End{id, row.take<std::string>()};
                         }));
  last_id_ = end ? end->id : 0;
  last_hash_ = end ? end->hash : "";
  return {};
}

Result<void> LedgerPen::write(const Move& move) {
  CHECK_OK(find_end());
  LedgerRow row;
  static_cast<Move&>(row) = move;
  if (move.kind == LedgerKind::kReserve) {
    TRY(row.headroom, headroom_of(transaction_, move.window));
    CHECK_OK(require_room(move, row.headroom));
  }
  CHECK_OK(move_balance(transaction_, move));
  row.id = last_id_ + 1;
  row.at = transaction_.now();
  row.epoch = transaction_.epoch();
  row.hash = hash_of(last_hash_, row);
  CHECK_OK(sql::change(transaction_,
                       "INSERT INTO ledger(" LEDGER_COLUMNS
                       ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       row.id, row.at, row.epoch, sql::word(kKinds, row.kind), row.reservation,
                       row.window, row.reserved.money, row.reserved.gpu_time, row.spent.money,
                       row.spent.gpu_time, row.overrun.money, row.overrun.gpu_time,
                       row.headroom.money, row.headroom.gpu_time, row.principal, row.reason,
                       row.hash));
  last_id_ = row.id;
  last_hash_ = std::move(row.hash);
  return {};
}

}  // namespace pawl
