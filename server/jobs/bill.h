// The bill of a project in lines that sum to what its ledger says was spent, and what would have
// been paid otherwise. Pure but for with_phases().
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/jobs/cost_reply.h"
#include "server/jobs/world.h"
#include "server/store/costs.h"
#include "server/store/projects.h"

namespace pawl {

// An attempt with the part of its billed time that passed before the command began.
struct BilledRun {
  PaidAttempt paid;
  Milliseconds build{0}, startup{0};
};

// Build and startup stand in the keeper's record, not in the database. Reads files.
std::vector<BilledRun> with_phases(const World& world, const Project& project,
                                   const std::vector<PaidAttempt>& paid);

// Where the money went, with a line for all that a cost claim has to name even where it is nothing.
// Build and startup are shares of every run; the rest of each run stands in the line of what became
// of it. To the micro-dollar the costs sum to that of all runs.
std::vector<CostPart> parts_of(std::span<const BilledRun> runs);

// Runs that have ended, by what `key` names; the dearest first.
std::vector<CostGroup> groups_of(std::span<const PaidAttempt> paid,
                                 const std::function<std::string(const PaidAttempt&)>& key);

// What `span` cost: settled runs by the share of their time that fell into it, live ones, which go
// on to its end, at their price.
Money burned_in(std::span<const PaidAttempt> paid, const Span& span);

// How long `left` lasts at that rate; absent when nothing burns or it lasts over a year.
std::optional<Milliseconds> lasts(Money left, Money burned_per_hour);

struct PoolUnits {
  std::string pool;
  HourlyPrice price;
  std::int32_t units = 0;
};
std::vector<PoolUnits> units_of(const Inventory& pools);

// The pools that were used, rented whole: from the first claim to the last end, or by the session.
// A session goes on while no more than an hour passes without a run, and that hour is paid.
std::optional<BoxAlternative> persistent_box(std::span<const PaidAttempt> paid,
                                             std::span<const PoolUnits> pools, Timestamp now);

}  // namespace pawl
