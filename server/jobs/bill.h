// The bill of a project in lines that sum to what its ledger says was spent, and what would have
// been paid otherwise. Pure.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/jobs/requests.h"
#include "server/store/costs.h"

namespace pawl {

// An attempt with the part of its billed time that passed before the command began.
struct BilledRun {
  PaidAttempt paid;
  Milliseconds build{0}, startup{0};
};

// Where the money went. Build and startup are shares of every run; the rest of each run stands in
// the line of what became of it. To the micro-dollar the costs sum to that of all runs.
std::vector<CostPart> parts_of(std::span<const BilledRun> runs);

// Runs that have ended, by what `key` names; the dearest first.
std::vector<CostGroup> groups_of(std::span<const PaidAttempt> paid,
                                 const std::function<std::string(const PaidAttempt&)>& key);

// What [now - 1 h, now) cost: settled runs by the share of their time that fell into it, live ones
// at their price.
Money burned_in_last_hour(std::span<const PaidAttempt> paid, Timestamp now);

// How long `left` lasts at that rate; absent when nothing burns or it lasts over a year.
std::optional<Milliseconds> lasts(Money left, Money burned_per_hour);

struct PoolUnits {
  std::string pool;
  HourlyPrice price;
  std::int32_t units = 0;
};
// The pools that were used, rented whole from the first claim to the last end.
std::optional<BoxAlternative> persistent_box(std::span<const PaidAttempt> paid,
                                             std::span<const PoolUnits> pools, Timestamp now);

}  // namespace pawl
