#include "server/store/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "server/store/ledger_row.h"
#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kStates = {"open", "settled", "released"};

Reservation reservation_from(sql::Row& row) {
  Reservation reservation;
  reservation.id = row.take<ReservationId>();
  reservation.job = row.take<JobId>();
  reservation.attempt = row.take<std::int32_t>();
  reservation.state = row.take_word<ReservationState>(kStates);
  reservation.price = row.take<HourlyPrice>();
  reservation.units = row.take<std::int32_t>();
  reservation.worst_case = row.take<Milliseconds>();
  reservation.created = row.take<Timestamp>();
  return reservation;
}

Amount smaller(const Amount& a, const Amount& b) {
  return {std::min(a.money, b.money), std::min(a.gpu_time, b.gpu_time)};
}

Amount negative(const Amount& amount) { return Amount{} - amount; }

Result<void> close(Transaction& transaction, ReservationId id, ReservationState state) {
  TRY(const auto changed,
      sql::change(transaction,
                  "UPDATE reservation SET state = ?, closed_at = ? WHERE id = ? AND state = 'open'",
                  sql::word(kStates, state), transaction.now(), id));
  assert(changed == 1);
  return {};
}

std::unexpected<Error> nothing_open(JobId job) {
  return fail(ErrorKind::kConflict,
              fmt::format("job with id {} has no open reservation", job.value));
}

Result<Reservation> require_open(Reader& reader, JobId job) {
  TRY(const auto open, open_reservation(reader, job));
  if (!open) return nothing_open(job);
  return *open;
}

// What the attempt row says about money: nothing of it is alive, and whether it ever was.
struct Death {
  bool ended = false;
  bool never_launched = false;
};

Death death_from(sql::Row& row) {
  return {.ended = row.take<bool>(), .never_launched = row.take<bool>()};
}

// Nothing when the attempt has no row: it was not even an intent.
Result<std::optional<Death>> death_of(Reader& reader, AttemptId id) {
  return sql::one(reader,
                  "SELECT state = 'ended', state = 'ended' AND launched_at IS NULL AND cost = 0 "
                  "AND billed_ms = 0"
                  " FROM attempt WHERE job = ? AND number = ?",
                  death_from, id.job, id.number);
}

}  // namespace

Result<ReservationId> reserve(Transaction& transaction, const NewReservation& reservation,
                              std::span<const Line> lines) {
  const auto id = sql::insert(
      transaction,
      "INSERT INTO reservation(job, attempt, state, price, units, worst_case_ms, created_at)"
      " VALUES (?, ?, 'open', ?, ?, ?, ?)",
      reservation.job, reservation.attempt, reservation.price, reservation.units,
      reservation.worst_case, transaction.now());
  if (!id && id.error().kind == ErrorKind::kConflict) {
    return fail(ErrorKind::kConflict,
                fmt::format("job with id {} has a reservation already (attempt {} asked)",
                            reservation.job.value, reservation.attempt));
  }
  if (!id) return std::unexpected(id.error());
  LedgerPen pen(transaction);
  for (const Line& line : lines) {
    const Move move{.kind = LedgerKind::kReserve,
                    .reservation = ReservationId{*id},
                    .window = line.window,
                    .reserved = line.amount};
    CHECK_OK(pen.write(move));
  }
  return ReservationId{*id};
}

Result<void> take_over(Transaction& transaction, ReservationId hold,
                       const NewReservation& reservation) {
  TRY(const auto changed,
      sql::change(transaction,
                  "UPDATE reservation SET attempt = ?, price = ?, units = ?, worst_case_ms = ?"
                  " WHERE id = ? AND job = ? AND attempt = 0 AND state = 'open'",
                  reservation.attempt, reservation.price, reservation.units, reservation.worst_case,
                  hold, reservation.job));
  return changed == 1 ? Result<void>() : nothing_open(reservation.job);
}

Result<void> top_up(Transaction& transaction, ReservationId id, std::span<const Line> lines,
                    const std::string& reason) {
  assert(!reason.empty());  // the first row of a reservation has none
  LedgerPen pen(transaction);
  for (const Line& line : lines) {
    CHECK_OK(pen.write({.kind = LedgerKind::kReserve,
                        .reservation = id,
                        .window = line.window,
                        .reserved = line.amount,
                        .reason = reason}));
  }
  return {};
}

Result<void> settle(Transaction& transaction, AttemptId attempt, std::span<const Line> actual) {
  TRY(const Reservation open, require_open(transaction, attempt.job));
  if (open.attempt != attempt.number) return nothing_open(attempt.job);
  TRY(const auto death, death_of(transaction, attempt));
  if (!death || !death->ended) {
    return fail(
        ErrorKind::kConflict,
        fmt::format("attempt {} of job with id {} has not ended: money follows proof of death",
                    attempt.number, attempt.job.value));
  }
  struct Pair {
    Amount reserved, actual;
  };
  std::map<WindowId, Pair> windows;
  TRY(const std::vector<Line> reserved, reserved_lines(transaction, open.id));
  for (const Line& line : reserved) windows[line.window].reserved = line.amount;
  for (const Line& line : actual)
    windows[line.window].actual = windows[line.window].actual + line.amount;
  LedgerPen pen(transaction);
  for (const auto& [window, pair] : windows) {
    const Amount spent = smaller(pair.actual, pair.reserved);
    const Move move{.kind = LedgerKind::kSettle,
                    .reservation = open.id,
                    .window = window,
                    .reserved = negative(pair.reserved),
                    .spent = spent,
                    .overrun = pair.actual - spent};
    CHECK_OK(pen.write(move));
  }
  return close(transaction, open.id, ReservationState::kSettled);
}

Result<void> release(Transaction& transaction, JobId job) {
  TRY(const Reservation open, require_open(transaction, job));
  TRY(const auto death, death_of(transaction, {job, open.attempt}));
  if (death && !death->never_launched) {
    return fail(ErrorKind::kConflict, fmt::format("attempt {} of job with id {} was or may still "
                                                  "be launched: settle it after proof of death",
                                                  open.attempt, job.value));
  }
  TRY(const std::vector<Line> reserved, reserved_lines(transaction, open.id));
  LedgerPen pen(transaction);
  for (const Line& line : reserved) {
    const Move move{.kind = LedgerKind::kRelease,
                    .reservation = open.id,
                    .window = line.window,
                    .reserved = negative(line.amount)};
    CHECK_OK(pen.write(move));
  }
  return close(transaction, open.id, ReservationState::kReleased);
}

Result<void> adjust(Transaction& transaction, const Adjustment& adjustment) {
  if (adjustment.principal.empty() || adjustment.reason.empty()) {
    return fail(ErrorKind::kInvalid, "an adjustment of the ledger names who made it and why");
  }
  LedgerPen pen(transaction);
  return pen.write({.kind = LedgerKind::kAdjust,
                    .window = adjustment.window,
                    .spent = adjustment.spent,
                    .principal = adjustment.principal,
                    .reason = adjustment.reason});
}

Result<std::optional<Reservation>> open_reservation(Reader& reader, JobId job) {
  return sql::one(
      reader,
      "SELECT id, job, attempt, state, price, units, worst_case_ms, created_at FROM reservation"
      " WHERE job = ? AND state = 'open'",
      reservation_from, job);
}

Result<std::vector<Line>> reserved_lines(Reader& reader, ReservationId id) {
  return sql::all(
      reader,
      "SELECT budget_window, sum(reserved_money), sum(reserved_gpu_ms) FROM ledger"
      " WHERE reservation = ? AND kind = 'reserve' GROUP BY budget_window ORDER BY min(id)",
      [](sql::Row& row) {
        const auto window = row.take<WindowId>();
        return Line{window, row.take_amount()};
      },
      id);
}

}  // namespace pawl
