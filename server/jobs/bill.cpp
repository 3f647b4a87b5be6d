#include "server/jobs/bill.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "server/records/status.h"

namespace pawl {
namespace {

__extension__ using Wide = __int128;  // money times milliseconds may pass an int64

// The share `part / whole` of `cost`, rounded down: the rest of the run takes what is left over.
Money share(Money cost, std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return Money();
  return Money::micros(static_cast<std::int64_t>(Wide{cost.micros()} *
                                                 std::clamp(part, std::int64_t{0}, whole) / whole));
}
Money share(Money cost, Milliseconds part, Milliseconds whole) {
  return share(cost, part.count(), whole.count());
}

// What a run's cost is for beside the time of its units.
struct Extras {
  Money carried, disk;
};

Extras extras_of(const PaidAttempt& paid) {
  const Money carried = std::min(paid.carried, paid.cost);
  const std::int64_t an_hour = paid.unit_picos * paid.units + paid.disk_picos;
  return {carried, share(paid.cost - carried, paid.disk_picos, an_hour)};
}

constexpr std::size_t kRecordsMax = 5'000;  // of older attempts the phases are not looked up

enum class End : std::uint8_t { kValidGpu, kValidCpu, kFailed, kCancelled, kLost, kSandbox };

End end_of(const PaidAttempt& paid) {
  if (paid.sandbox) return End::kSandbox;
  if (paid.outcome == "lost" || paid.outcome == "preempted") return End::kLost;
  if (!paid.last) return End::kFailed;  // another attempt had to follow
  if (paid.job == JobState::kSucceeded) return paid.gpus > 0 ? End::kValidGpu : End::kValidCpu;
  return paid.job == JobState::kCancelled ? End::kCancelled : End::kFailed;
}

constexpr std::array<std::string_view, 7> kAlwaysNamed = {"GPU runtime with a result",
                                                          "startup",
                                                          "storage",
                                                          "data transfer",
                                                          "failed runs",
                                                          "lost or pre-empted runs",
                                                          "human debugging (sandboxes)"};

void add(CostPart& part, Milliseconds time, Money cost) {
  if (time.count() == 0 && cost == Money()) return;
  ++part.runs;
  part.time += time;
  part.cost += cost;
}

}  // namespace

std::vector<BilledRun> with_phases(const World& world, const Project& project,
                                   const std::vector<PaidAttempt>& paid) {
  std::vector<BilledRun> runs;
  const std::size_t skipped = paid.size() > kRecordsMax ? paid.size() - kRecordsMax : 0;
  for (std::size_t i = 0; i < paid.size(); ++i) {
    BilledRun& run = runs.emplace_back(BilledRun{.paid = paid[i]});
    if (i < skipped || !paid[i].ended) continue;
    const auto record =
        read_status({world.paths.attempt(project.name, paid[i].job_number, paid[i].id.number)});
    if (!record || !*record) continue;
    run.build = (*record)->build;
    run.startup = (*record)->first_instruction - (*record)->build;
  }
  return runs;
}

std::vector<CostPart> parts_of(std::span<const BilledRun> runs) {
  CostPart startup{.name = "startup"};
  CostPart build{.name = "build"};
  CostPart storage{.name = "storage"};
  CostPart transfer{.name = "data transfer"};
  std::vector<CostPart> rest = {{.name = "GPU runtime with a result"},
                                {.name = "CPU runtime with a result"},
                                {.name = "failed runs"},
                                {.name = "cancelled runs"},
                                {.name = "lost or pre-empted runs"},
                                {.name = "human debugging (sandboxes)"}};
  for (const BilledRun& run : runs) {
    if (!run.paid.ended) continue;
    const Milliseconds billed = run.paid.billed;
    const Milliseconds built = std::clamp(run.build, Milliseconds(0), billed);
    const Milliseconds started = std::clamp(run.startup, Milliseconds(0), billed - built);
    const Extras extras = extras_of(run.paid);
    const Money for_time = run.paid.cost - extras.carried - extras.disk;
    const Money for_build = share(for_time, built, billed);
    const Money for_startup = share(for_time, started, billed);
    add(storage, {}, extras.disk);
    add(transfer, {}, extras.carried);
    add(build, built, for_build);
    add(startup, started, for_startup);
    add(rest[static_cast<std::size_t>(end_of(run.paid))], billed - built - started,
        for_time - for_build - for_startup);
  }
  std::vector<CostPart> parts = std::move(rest);
  parts.insert(parts.begin() + 2,
               {std::move(startup), std::move(build), std::move(storage), std::move(transfer)});
  std::erase_if(parts, [](const CostPart& part) {
    return part.runs == 0 && std::ranges::find(kAlwaysNamed, part.name) == kAlwaysNamed.end();
  });
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

Money burned_in(std::span<const PaidAttempt> paid, const Span& span) {
  Money burned;
  for (const PaidAttempt& attempt : paid) {
    const Timestamp end = std::min(attempt.ended.value_or(span.ends), span.ends);
    const Timestamp start = attempt.ended ? *attempt.ended - attempt.billed : attempt.claimed;
    const Milliseconds within = std::max(Milliseconds(0), end - std::max(start, span.starts));
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

}  // namespace pawl
