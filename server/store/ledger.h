// The money. Append-only rows, one for each (reservation, window), hash-chained; every balance is a
// sum of them.
//
// reserve  reserved += amount, refused by the database itself when the amount is over the headroom
// of that moment (L1) settle   reserved -= what was reserved; spent += min(actual, reserved); the
// rest of actual to overrun release  reserved -= what was reserved: only for a queue hold or an
// attempt that was never launched (L6) adjust   spent += delta, with principal and reason (L21)
//
// A job has at most one open reservation (L14), an attempt at most one ever, and each (reservation,
// window) is reserved once and settled or released once (L5).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/budget.h"
#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

using ReservationId = Id<struct ReservationTag>;

enum class ReservationState : std::uint8_t { kOpen, kSettled, kReleased };

struct Line {
  WindowId window;
  Amount amount;
  bool operator==(const Line&) const = default;
};

struct NewReservation {
  JobId job;
  std::int32_t attempt = 0;  // 0: the hold of a queued job
  HourlyPrice price;         // pinned (L13)
  std::int32_t units = 1;
  Milliseconds worst_case{0};
};

struct Reservation : NewReservation {
  ReservationId id;
  ReservationState state = ReservationState::kOpen;
  Timestamp created{};
};

// DENIED, and nothing written, when a line is over the headroom of its window: the budget decision
// above should have said no already. CONFLICT when the job has an open reservation, or the attempt
// ever had one.
Result<ReservationId> reserve(Transaction& transaction, const NewReservation& reservation,
                              std::span<const Line> lines);

// The hold of a queued job becomes its attempt's reservation, with the lines it has: no money
// moves. CONFLICT as reserve().
Result<void> take_over(Transaction& transaction, ReservationId hold,
                       const NewReservation& reservation);

// Adds to an open reservation, because its price rose (L13): DENIED, and nothing written, as
// reserve(). `reason` is told apart from every other top-up of it.
Result<void> top_up(Transaction& transaction, ReservationId id, std::span<const Line> lines,
                    const std::string& reason);

// Closes the open reservation of an attempt that has ended. `actual`: one line per window that the
// run really touched; a reserved window without a line is settled at zero, a line without a
// reservation is all overrun. CONFLICT when there is nothing open or the attempt has not ended:
// money follows proof of death.
Result<void> settle(Transaction& transaction, AttemptId attempt, std::span<const Line> actual);

// Closes the open reservation of the job with nothing spent. CONFLICT when there is none, or it
// belongs to an attempt that was launched or may still be launched.
Result<void> release(Transaction& transaction, JobId job);

struct Adjustment {
  WindowId window;
  Amount spent;  // signed
  std::string principal, reason;
};
Result<void> adjust(Transaction& transaction, const Adjustment& adjustment);

Result<std::optional<Reservation>> open_reservation(Reader& reader, JobId job);
Result<std::vector<Line>> reserved_lines(Reader& reader, ReservationId id);

}  // namespace pawl
