#include <algorithm>

#include "server/jobs/bill.h"

namespace pawl {
namespace {

constexpr std::chrono::hours kNoticed{1};  // that nothing runs, and the box is switched off
constexpr double kWeekMs = 7 * 24 * 3.6e6;

// Spans that lie no farther apart than `gap`, as one.
std::vector<Span> joined(std::vector<Span> spans, Milliseconds gap) {
  std::ranges::sort(spans, {}, &Span::starts);
  std::vector<Span> result;
  for (const Span& span : spans) {
    if (!result.empty() && span.starts - result.back().ends <= gap) {
      result.back().ends = std::max(result.back().ends, span.ends);
    } else {
      result.push_back(span);
    }
  }
  return result;
}

Milliseconds length_of(const std::vector<Span>& spans) {
  Milliseconds sum{0};
  for (const Span& span : spans) sum += span.ends - span.starts;
  return sum;
}

}  // namespace

std::vector<PoolUnits> units_of(const Inventory& pools) {
  std::vector<PoolUnits> units;
  for (const PoolState& pool : pools) {
    units.push_back({pool.pool.name, pool.pool.price, pool.total});
  }
  return units;
}

std::optional<BoxAlternative> persistent_box(std::span<const PaidAttempt> paid,
                                             std::span<const PoolUnits> pools, Timestamp now) {
  if (paid.empty()) return std::nullopt;
  BoxAlternative box;
  std::vector<Span> spans;
  for (const PaidAttempt& attempt : paid) {
    spans.push_back({attempt.claimed, std::max(attempt.claimed, attempt.ended.value_or(now))});
    box.billed += attempt.cost;
    if (!attempt.last) ++box.retries;
  }
  const std::vector<Span> whole = joined(spans, Milliseconds::max());
  const std::vector<Span> sessions = joined(spans, kNoticed);
  box.span = length_of(whole);
  box.busy = length_of(joined(spans, Milliseconds(0)));
  box.sessions = std::ssize(sessions);
  box.on = length_of(sessions) + box.sessions * Milliseconds(kNoticed);
  const auto sandboxes = std::ranges::count_if(paid, &PaidAttempt::sandbox);
  const auto experiments = static_cast<double>(std::ssize(paid) - box.retries - sandboxes);
  const double weeks = static_cast<double>(box.span.count()) / kWeekMs;
  if (weeks > 0) box.experiments_a_week = experiments / weeks;
  for (const PoolUnits& pool : pools) {
    const bool used = std::ranges::find(paid, pool.pool, &PaidAttempt::pool) != paid.end();
    if (!used) continue;
    box.rented += cost(pool.price, pool.units, box.span);
    box.by_hand += cost(pool.price, pool.units, box.on);
  }
  return box;
}

}  // namespace pawl
