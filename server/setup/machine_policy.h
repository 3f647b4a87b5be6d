// A first policy that can run on this machine: its pools as they were found, and three stages.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"
#include "server/policy/rules.h"
#include "server/runner/inventory.h"

namespace pawl {

// GPUs of one name, or the CPU slots of a machine without GPUs.
struct MachinePart {
  std::string pool;  // "h100", "cpu"
  std::string kind;  // what `gpu` says in pools.toml; empty: CPU slots
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::int32_t count = 0;
};

// The part with most units first. Each kind fits the names of its own part and no other's.
std::vector<MachinePart> parts_of(const Machine& machine);

struct PolicyChoices {
  Money price;  // of one unit for one hour
  bool price_was_given = false;
  bool metered = false;
  Money day;
  std::optional<Money> night{};  // absent: the day's cap alone
  int minutes = 15;              // of a screen
  bool fixed_time = false;       // smoke and validate take as long
  std::string timezone = "UTC";
};

// Of a part for an hour, where nobody named a price: for accounting on a machine that is owned.
inline constexpr Money kAccountingGpuHour = Money::usd(1);
inline constexpr Money kAccountingSlotHour = Money::micros(100'000);

// What twelve hours of the whole machine cost.
Money night_of(const std::vector<MachinePart>& parts, Money price);

// The first amount whose two decimals are no less.
Money cents_up(Money money);

// default.toml and pools.toml, which parse and in which every stage can be placed on `machine`.
// INVALID: a day's cap under the worst case of one experiment.
Result<std::vector<SourceText>> machine_policy(const Machine& machine,
                                               const PolicyChoices& choices);

// What each stage means here: terms of one experiment, or why there are none. For machine_policy,
// and for people.
struct StageOffer {
  std::string stage;
  Milliseconds limit{0};
  Money worst;  // of one attempt
};
Result<std::vector<StageOffer>> offers_of(const Rules& rules, const Machine& machine);

}  // namespace pawl
