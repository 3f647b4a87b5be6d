#include "server/jobs/bill.h"

#include <algorithm>
#include <map>
#include <set>

namespace pawl {
namespace {

__extension__ using Wide = __int128;  // money times milliseconds may pass an int64

// The share `part / whole` of `cost`, rounded down: the rest of the run takes what is left over.
Money share(Money cost, Milliseconds part, Milliseconds whole) {
  if (whole.count() <= 0) return Money();
  const Milliseconds within = std::clamp(part, Milliseconds(0), whole);
  return Money::micros(
      static_cast<std::int64_t>(Wide{cost.micros()} * within.count() / whole.count()));
}

enum class End : std::uint8_t { kValidGpu, kValidCpu, kFailed, kCancelled, kLost };

End end_of(const PaidAttempt& paid) {
  if (paid.outcome == "lost" || paid.outcome == "preempted") return End::kLost;
  if (!paid.last) return End::kFailed;  // another attempt had to follow
  if (paid.job == JobState::kSucceeded) return paid.gpus > 0 ? End::kValidGpu : End::kValidCpu;
  return paid.job == JobState::kCancelled ? End::kCancelled : End::kFailed;
}

void add(CostPart& part, Milliseconds time, Money cost) {
  if (time.count() == 0 && cost == Money()) return;
  ++part.runs;
  part.time += time;
  part.cost += cost;
}

}  // namespace

std::vector<CostPart> parts_of(std::span<const BilledRun> runs) {
  CostPart startup{.name = "startup"};
  CostPart build{.name = "build"};
  std::vector<CostPart> rest = {{.name = "GPU runtime with a result"},
                                {.name = "CPU runtime with a result"},
                                {.name = "failed runs"},
                                {.name = "cancelled runs"},
                                {.name = "lost or pre-empted runs"}};
  for (const BilledRun& run : runs) {
    if (!run.paid.ended) continue;
    const Milliseconds billed = run.paid.billed;
    const Milliseconds built = std::clamp(run.build, Milliseconds(0), billed);
    const Milliseconds started = std::clamp(run.startup, Milliseconds(0), billed - built);
    const Money for_build = share(run.paid.cost, built, billed);
    const Money for_startup = share(run.paid.cost, started, billed);
    add(build, built, for_build);
    add(startup, started, for_startup);
    add(rest[static_cast<std::size_t>(end_of(run.paid))], billed - built - started,
        run.paid.cost - for_build - for_startup);
  }
  std::vector<CostPart> parts = std::move(rest);
  parts.insert(parts.begin() + 2, {std::move(startup), std::move(build)});
  std::erase_if(parts, [](const CostPart& part) { return part.runs == 0; });
  return parts;
}

std::vector<CostGroup> groups_of(std::span<const PaidAttempt> paid,
                                 const std::function<std::string(const PaidAttempt&)>& key) {
  struct Sum {
    std::set<JobId> jobs;
    CostGroup group;
  };
  std::map<std::string, Sum> sums;
  for (const PaidAttempt& attempt : paid) {
    if (!attempt.ended) continue;
    Sum& sum = sums[key(attempt)];
    sum.jobs.insert(attempt.id.job);
    sum.group.spent += attempt.cost;
    sum.group.time += attempt.billed;
  }
  std::vector<CostGroup> groups;
  for (auto& [name, sum] : sums) {
    sum.group.name = name;
    sum.group.jobs = std::ssize(sum.jobs);
    groups.push_back(sum.group);
  }
  std::ranges::stable_sort(groups, std::greater(), &CostGroup::spent);
  return groups;
}

Money burned_in_last_hour(std::span<const PaidAttempt> paid, Timestamp now) {
  const Timestamp from = now - std::chrono::hours(1);
  Money burned;
  for (const PaidAttempt& attempt : paid) {
    const Timestamp end = std::min(attempt.ended.value_or(now), now);
    const Timestamp start = attempt.ended ? *attempt.ended - attempt.billed : attempt.claimed;
    const Milliseconds within = std::max(Milliseconds(0), end - std::max(start, from));
    burned += attempt.ended ? share(attempt.cost, within, attempt.billed)
                            : cost(attempt.price, attempt.units, within);
  }
  return burned;
}

std::optional<Milliseconds> lasts(Money left, Money burned_per_hour) {
  constexpr std::chrono::hours kYear{24 * 365};
  if (burned_per_hour <= Money()) return std::nullopt;
  constexpr std::int64_t kHour = 3'600'000;
  const Wide time =
      Wide{std::max<std::int64_t>(left.micros(), 0)} * kHour / burned_per_hour.micros();
  if (time > Milliseconds(kYear).count()) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(time));
}

std::optional<BoxAlternative> persistent_box(std::span<const PaidAttempt> paid,
                                             std::span<const PoolUnits> pools, Timestamp now) {
  if (paid.empty()) return std::nullopt;
  BoxAlternative box;
  Timestamp first = now;
  Timestamp last = Timestamp::min();
  for (const PaidAttempt& attempt : paid) {
    first = std::min(first, attempt.claimed);
    last = std::max(last, attempt.ended.value_or(now));
    box.billed += attempt.cost;
  }
  box.span = last - first;
  for (const PoolUnits& pool : pools) {
    const bool used = std::ranges::find(paid, pool.pool, &PaidAttempt::pool) != paid.end();
    if (used) box.rented += cost(pool.price, pool.units, box.span);
  }
  return box;
}

}  // namespace pawl
