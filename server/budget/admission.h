// May this much be reserved? Asked of one consistent reading of the ledger; the answer names the
// window that stands in the way, never only "no". All arithmetic is exact and cannot wrap.
#pragma once
#include <cstdint>
#include <optional>

#include "server/core/budget.h"

namespace pawl {

enum class Unit : std::uint8_t { kUsd, kGpuTime };

// What a window has left in each unit, never below zero; absent where nothing limits.
struct Room {
  std::optional<Money> money;
  std::optional<Milliseconds> gpu_time;
  bool operator==(const Room&) const = default;
};

Room available(const Balance& balance);

struct Refusal {
  Balance binding;  // cap, spent, reserved, overrun, node and window as they stood
  Unit unit = Unit::kUsd;
  Amount asked;
  std::optional<Timestamp> retry_at;  // the window's end; absent: never, while the cap stays
  bool may_free_up = false;           // it would fit if open reservations settled for less
};

// Every window of every node is checked in both units (L1, L10); a unit of which nothing is asked
// does not refuse. Of those in the way, the one that stays longest is named; among equals the first
// of the view (experiment, agent, project, global), dollars before GPU time. So `retry_at` is never
// too early.
std::optional<Refusal> refuse(const BudgetView& view, const Amount& asked);

inline constexpr std::int32_t kNothingLimits = 1'000'000;  // how_many_fit never says more

// How many equal reservations fit together.
std::int32_t how_many_fit(const BudgetView& view, const Amount& each);

}  // namespace pawl
