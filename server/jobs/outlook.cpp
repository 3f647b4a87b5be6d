#include "server/jobs/outlook.h"

#include <algorithm>

#include "server/store/attempts.h"
#include "server/store/queue.h"

namespace pawl {
namespace {

constexpr std::int32_t kRunsRead = 50;

}  // namespace

Result<std::vector<PastRun>> past_runs(Reader& reader, const WorkKind& kind, std::int32_t limit) {
  TRY(const auto times, run_times(reader, kind, limit));
  std::vector<PastRun> runs;
  for (const RunTime& time : times) {
    runs.push_back({.time = time.billed,
                    .cost = time.cost,
                    .limit = time.limit,
                    .cut = time.job == JobState::kTimedOut});
  }
  return runs;
}

Result<std::optional<Expected>> expected_of(Reader& reader, const WorkKind& kind) {
  TRY(const auto runs, past_runs(reader, kind, kRunsRead));
  return expected_of(runs);
}

Result<Outlook::Duration> Outlook::duration(Reader& reader, const WorkKind& kind,
                                            Milliseconds limit) {
  auto found = known_.find(kind);
  if (found == known_.end()) {
    TRY(auto expected, expected_of(reader, kind));
    found = known_.emplace(kind, expected).first;
  }
  if (!found->second) return Duration{limit, false};
  return Duration{std::min(found->second->time_p50, limit), true};
}

// Each live attempt holds its units and one place until its median has passed.
Result<void> Outlook::add_live(Reader& reader, Timestamp now) {
  TRY(const auto attempts, live_attempts(reader));
  for (const AttemptRow& attempt : attempts) {
    TRY(const JobRow job, find_job(reader, attempt.job));
    TRY(const Duration whole, duration(reader, {job.project, job.stage, job.gpus}, attempt.limit));
    const Milliseconds left =
        std::max(Milliseconds(0), whole.time - std::max(Milliseconds(0), now - attempt.claimed));
    live_.push_back({attempt.job, left, whole.measured});
    const auto pool = std::ranges::find(pools_, attempt.pool);
    if (pool != pools_.end()) {
      auto& units = lanes_.pools[static_cast<std::size_t>(pool - pools_.begin())];
      for (std::int32_t i = 0; i < attempt.units; ++i) {
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

Result<void> Outlook::add_queue(World& world, Reader& reader) {
  TRY(const auto jobs, queued_jobs(reader, kQueueForetold));
  for (const QueuedJob& job : jobs) {
    TRY(const Project project, find_project(reader, job.project));
    TRY(const auto rules, rules_of(world, project));
    const auto stage = rules_for(rules->policy, job.principal, job.stage);
    TRY(const Duration takes, duration(reader, {job.project, job.stage, job.gpus}, job.limit));
    Queued queued{.job = job.id, .run = {}, .measured = takes.measured};
    if (stage) queued.run.pools = indices_of(stage->pools);
    queued.run.units = std::max(job.gpus, 1);
    queued.run.time = takes.time;
    queue_.push_back(std::move(queued));
  }
  return {};
}

Result<Outlook> Outlook::read(World& world, Reader& reader) {
  const auto rules = world.rules.rules();
  TRY(const Inventory pools, inventory(reader, *rules, world.machine));
  Outlook outlook;
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
  CHECK_OK(outlook.add_live(reader, world.time.now()));
  CHECK_OK(outlook.add_queue(world, reader));
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

Result<std::optional<Forecast>> Outlook::with(Reader& reader, const ComingJobs& jobs) const {
  if (too_long_) return std::optional<Forecast>();
  std::vector<ComingRun> runs;
  for (const Queued& queued : queue_) runs.push_back(queued.run);
  TRY(const auto expected, expected_of(reader, jobs.kind));
  const Milliseconds time = expected ? std::min(expected->time_p50, jobs.limit) : jobs.limit;
  const ComingRun each{indices_of(jobs.pools), std::max(jobs.kind.gpus, 1), time};
  runs.insert(runs.end(), jobs.count, each);
  const auto slots = schedule(lanes_, runs);
  std::optional<Forecast> answer;
  for (const auto& slot : std::span(slots).last(jobs.count)) {
    if (!slot) return std::optional<Forecast>();
    if (!answer) answer = Forecast{.starts = slot->starts, .measured = expected.has_value()};
    answer->ends = std::max(answer->ends, slot->ends);
  }
  return answer;
}

}  // namespace pawl
