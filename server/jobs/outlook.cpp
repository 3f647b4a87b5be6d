#include "server/jobs/outlook.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "server/jobs/next_room.h"
#include "server/policy/quiet.h"
#include "server/store/events.h"
#include "server/store/queue.h"

namespace pawl {
namespace {

constexpr std::size_t kRunsRead = 50, kRunsKept = 200;
constexpr std::chrono::hours kQuietForetold{24 * 7};
// So many times what is to come is lived through, fewer where much is to come: some milliseconds.
constexpr std::size_t kRehearsals = 101, kRehearsalsLeast = 11, kRunsRehearsed = 20'000;

}  // namespace

Result<std::vector<PastRun>> past_runs(World& world, Reader& reader, const WorkKind& kind,
                                       std::size_t most) {
  TRY(const EventId now, last_event(reader));
  auto [through, known] = world.past_runs.of(kind, now);
  TRY(const auto times, run_times(reader, kind, kRunsKept, through));
  std::vector<PastRun> runs;
  for (const RunTime& time : times) {
    runs.push_back({.time = time.billed,
                    .cost = time.cost,
                    .limit = time.limit,
                    .cut = time.job == JobState::kTimedOut});
  }
  runs.insert(runs.end(), known.begin(), known.end());
  runs.resize(std::min(runs.size(), kRunsKept));
  if (!times.empty() && reader.is_committed()) world.past_runs.keep(kind, {now, runs});
  runs.resize(std::min(runs.size(), most));
  return runs;
}

Result<std::optional<Expected>> expected_of(World& world, Reader& reader, const WorkKind& kind) {
  TRY(const auto runs, past_runs(world, reader, kind, kRunsRead));
  return expected_of(runs);
}

Result<const Outlook::History*> Outlook::history(Reader& reader, const WorkKind& kind) {
  const auto [found, is_new] = known_.try_emplace(kind);
  if (is_new) {
    TRY(found->second.runs, past_runs(*world_, reader, kind, kRunsRead));
    found->second.expected = expected_of(found->second.runs);
  }
  return &found->second;
}

Result<std::optional<Expected>> Outlook::expected(Reader& reader, const WorkKind& kind) {
  TRY(const History* const known, history(reader, kind));
  return known->expected;
}

Result<Outlook::Duration> Outlook::duration(Reader& reader, const WorkKind& kind,
                                            Milliseconds limit) {
  TRY(const History* const known, history(reader, kind));
  if (!known->expected) return Duration{limit, false};
  return Duration{std::min(known->expected->time_p50, limit), true};
}

// Each live attempt holds its units and one place until its median has passed.
Result<void> Outlook::add_live(Reader& reader, Timestamp now) {
  TRY(const auto runs, live_runs(reader));
  for (const LiveRun& run : runs) {
    TRY(const Duration whole, duration(reader, run.kind, run.limit));
    const Milliseconds left =
        std::max(Milliseconds(0), whole.time - std::max(Milliseconds(0), now - run.claimed));
    live_.push_back({run.job, left, whole.measured});
    const auto pool = std::ranges::find(pools_, run.pool);
    if (pool != pools_.end()) {
      auto& units = lanes_.pools[static_cast<std::size_t>(pool - pools_.begin())];
      for (std::int32_t i = 0; i < run.units; ++i) {
        const auto free = std::ranges::find(units, Milliseconds(0));
        if (free != units.end()) *free = std::max(left, Milliseconds(1));
      }
    }
    const auto place = std::ranges::find(lanes_.places, Milliseconds(0));
    if (place != lanes_.places.end()) *place = std::max(left, Milliseconds(1));
  }
  return {};
}

std::vector<std::size_t> Outlook::indices_of(const std::vector<std::string>& pools) const {
  std::vector<std::size_t> indices;
  for (const std::string& name : pools) {
    const auto found = std::ranges::find(pools_, name);
    if (found != pools_.end()) indices.push_back(static_cast<std::size_t>(found - pools_.begin()));
  }
  return indices;
}

// Zero where the scheduler did not find the budget in the way when it looked last; absent where no
// window's end helps.
Result<std::optional<Milliseconds>> Outlook::not_before(Reader& reader, const Policy& policy,
                                                        const QueuedJob& job) const {
  if (world_->waiting.of(kind_of(job)).reason != Reason::kBudget) return Milliseconds(0);
  TRY(const auto hold, open_reservation(reader, job.id));
  if (!hold) return Milliseconds(0);
  TRY(const auto held, reserved_lines(reader, hold->id));
  if (held.empty()) return Milliseconds(0);
  TRY(const JobRow row, find_job(reader, job.id));
  TRY(const Project project, find_project(reader, job.project));
  TRY(Payer payer, payer_of(reader, row, project));
  const Timestamp now = world_->time.now();
  TRY(const auto room, next_room(reader, {policy, std::move(payer), now, hold->worst_case},
                                 held.front().amount, held));
  return room ? std::optional(*room - now) : std::nullopt;
}

Result<void> Outlook::add_queue(Reader& reader) {
  TRY(const auto jobs, queued_jobs(reader, kQueueForetold));
  std::map<ProjectId, std::shared_ptr<const Rules>> of_projects;
  for (const QueuedJob& job : jobs) {
    auto& rules = of_projects[job.project];
    if (!rules) {
      TRY(const Project project, find_project(reader, job.project));
      TRY(rules, rules_of(*world_, project));
    }
    const auto stage = rules_for(rules->policy, job.principal, job.stage);
    const WorkKind kind{job.project, job.stage, job.gpus};
    TRY(const Duration takes, duration(reader, kind, job.limit));
    Queued queued{.job = job.id, .kind = kind, .run = {}, .measured = takes.measured};
    TRY(const auto opens, not_before(reader, rules->policy, job));
    queued.run.not_before = opens.value_or(Milliseconds(0));
    if (stage && opens) queued.run.pools = indices_of(stage->pools);
    queued.run.units = std::max(job.gpus, 1);
    queued.run.time = takes.time;
    queued.run.worst = worst_time_after({}, job.limit);
    queue_.push_back(std::move(queued));
  }
  return {};
}

void Outlook::add_quiet(const Rules& rules, Timestamp now) {
  if (rules.policy.quiet.empty() || rules.policy.mode.value == Mode::kWarn) return;
  for (const Pool& pool : rules.pools) {
    auto& closed = lanes_.closed.emplace_back();
    for (const LocalSpan& span : quiet_spans(rules.policy, pool.name, now, now + kQuietForetold))
      closed.push_back({span.starts - now - pool.startup, span.ends - now});
  }
}

Result<Outlook> Outlook::read(World& world, Reader& reader) {
  const auto rules = world.rules.rules();
  TRY(const Inventory pools, inventory(reader, *rules, world.machine));
  Outlook outlook(world);
  TRY(const Load now, load(reader, {}));
  outlook.too_long_ = now.queued > kQueueForetold;
  if (outlook.too_long_) return outlook;
  for (const PoolState& pool : pools) {
    outlook.pools_.push_back(pool.pool.name);
    outlook.lanes_.pools.emplace_back(static_cast<std::size_t>(pool.total), Milliseconds(0));
  }
  std::int32_t places = rules->policy.jobs.max_concurrent.value;
  if (rules->policy.mode.value == Mode::kWarn) {
    places = 0;
    for (const PoolState& pool : pools) places += pool.total;
  }
  outlook.lanes_.places.assign(static_cast<std::size_t>(places), Milliseconds(0));
  outlook.add_quiet(*rules, world.time.now());
  CHECK_OK(outlook.add_live(reader, world.time.now()));
  CHECK_OK(outlook.add_queue(reader));
  return outlook;
}

std::optional<Forecast> Outlook::of(std::span<const JobRow> jobs) const {
  if (too_long_) return std::nullopt;
  std::vector<ComingRun> runs;
  for (const Queued& queued : queue_) runs.push_back(queued.run);
  const auto slots = schedule(lanes_, runs);
  const auto is_asked = [&](JobId id) {
    return std::ranges::find(jobs, id, &JobRow::id) != jobs.end();
  };
  std::optional<Forecast> answer;
  const auto note = [&](const Slot& slot, bool measured) {
    if (!answer) answer = Forecast{.starts = slot.starts, .measured = true};
    answer->starts = std::min(answer->starts, slot.starts);
    answer->ends = std::max(answer->ends, slot.ends);
    answer->measured = answer->measured && measured;
  };
  for (const Live& live : live_) {
    if (is_asked(live.job)) note({Milliseconds(0), live.left}, live.measured);
  }
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (slots[i] && is_asked(queue_[i].job)) note(*slots[i], queue_[i].measured);
  }
  return answer;
}

// When all of the jobs, which stand last, had ended: once for each rehearsal, sorted.
std::vector<Milliseconds> Outlook::rehearse(std::vector<ComingRun> runs,
                                            const ComingJobs& jobs) const {
  std::mt19937_64 dice(1);  // the same question gets the same answer
  std::vector<Milliseconds> ends;
  const auto times = std::clamp(kRunsRehearsed / runs.size(), kRehearsalsLeast, kRehearsals);
  const std::size_t first = runs.size() - jobs.count;
  while (ends.size() < times) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto known = known_.find(i < first ? queue_[i].kind : jobs.kind);
      if (known == known_.end() || !known->second.expected) continue;  // the limit stays
      const std::vector<PastRun>& past = known->second.runs;
      runs[i].time = std::min(past[dice() % past.size()].time, runs[i].worst);
    }
    const auto slots = schedule(lanes_, runs);
    Milliseconds last{0};
    for (const auto& slot : std::span(slots).last(jobs.count)) last = std::max(last, slot->ends);
    ends.push_back(last);
  }
  std::ranges::sort(ends);
  return ends;
}

Result<std::optional<Forecast>> Outlook::with(Reader& reader, const ComingJobs& jobs) {
  if (too_long_) return std::optional<Forecast>();
  std::vector<ComingRun> runs;
  for (const Queued& queued : queue_) runs.push_back(queued.run);
  TRY(const Duration takes, duration(reader, jobs.kind, jobs.limit));
  const ComingRun each{indices_of(jobs.pools), std::max(jobs.kind.gpus, 1), takes.time,
                       worst_time_after({}, jobs.limit), jobs.not_before};
  runs.insert(runs.end(), jobs.count, each);
  const auto slots = schedule(lanes_, runs);
  std::optional<Forecast> answer;
  for (const auto& slot : std::span(slots).last(jobs.count)) {
    if (!slot) return std::optional<Forecast>();
    if (!answer) answer = Forecast{.starts = slot->starts, .measured = takes.measured};
    answer->ends = std::max(answer->ends, slot->ends);
  }
  if (!answer || !takes.measured) return answer;
  const auto ends = rehearse(std::move(runs), jobs);
  answer->ends = ends[ends.size() / 2];
  answer->ends_p90 = ends[ends.size() * 9 / 10];
  return answer;
}

}  // namespace pawl
