#include "server/jobs/prices.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "server/budget/estimate.h"
#include "server/store/attempts.h"
#include "server/store/ledger.h"

namespace pawl {
namespace {

// Absent where nothing changes: an accounting price stays as it was claimed, and so does what a
// file no longer names.
std::optional<Rate> new_rate(const Rules& rules, const AttemptRow& attempt) {
  const Pool* const pool = find_pool(rules.pools, attempt.pool);
  if (pool == nullptr || pool->billing == Billing::kOwned) return std::nullopt;
  if (attempt.spot && !pool->spot_price) return std::nullopt;
  const Rate rate = rate_of(*pool, attempt.spot ? Offer::kSpot : Offer::kOnDemand);
  if (rate == attempt.rates.back().rate) return std::nullopt;
  return rate;
}

// What is missing in each window to cover the whole attempt at that rate.
Result<void> cover(Transaction& transaction, const AttemptRow& attempt, const RateSince& rate) {
  TRY(const auto open, open_reservation(transaction, attempt.id.job));
  if (!open) return {};
  const Amount worst = amount_of(rate.rate, attempt.units, attempt.gpus, attempt.worst_case);
  TRY(std::vector<Line> lines, reserved_lines(transaction, open->id));
  for (Line& line : lines)
    line.amount = {std::max(Money(), worst.money - line.amount.money), Milliseconds(0)};
  std::erase_if(lines, [](const Line& line) { return line.amount == Amount(); });
  return top_up(
      transaction, open->id, lines,
      fmt::format("price of {} USD an hour since {}", format_usd(rate.rate.per_unit().per_hour),
                  rate.since.time_since_epoch().count()));
}

// False: it has to stop.
Result<bool> follow(World& world, const AttemptRow& attempt, const Rate& rate) {
  const RateSince since{world.time.now(), rate};
  const auto covered = world.store.write([&](Transaction& transaction) -> Result<void> {
    CHECK_OK(change_rate(transaction, attempt.id, since));
    return cover(transaction, attempt, since);
  });
  if (covered) return true;
  if (covered.error().kind != ErrorKind::kDenied) return std::unexpected(covered.error());
  CHECK_OK(world.store.write([&](Transaction& transaction) -> Result<void> {
    CHECK_OK(change_rate(transaction, attempt.id, since));
    return take_back(transaction, attempt.id,
                     "its price rose, and the budget has no room for it: stopped");
  }));
  spdlog::warn("job id {} attempt {}: the price of pool {} rose to {} USD an hour, over a budget",
               attempt.id.job.value, attempt.id.number, attempt.pool,
               format_usd(rate.per_unit().per_hour));
  return false;
}

}  // namespace

Result<bool> follow_prices(World& world) {
  const auto rules = world.rules.rules();
  TRY(const auto live, world.store.read([](Reader& reader) { return live_attempts(reader); }));
  bool stops = false;
  for (const AttemptRow& attempt : live) {
    const auto rate = new_rate(*rules, attempt);
    if (!rate) continue;
    const auto goes_on = follow(world, attempt, *rate);
    // It ended while we looked.
    if (!goes_on && goes_on.error().kind == ErrorKind::kConflict) continue;
    if (!goes_on) return std::unexpected(goes_on.error());
    stops = stops || !*goes_on;
  }
  return stops;
}

}  // namespace pawl
