// The morning report: what a night brought, read from the store and the failed attempts' logs.
#include <algorithm>
#include <map>
#include <set>

#include "server/jobs/bill.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/notices.h"
#include "server/jobs/open_budgets.h"
#include "server/jobs/results_tsv.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/records/failure.h"
#include "server/store/attempts.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

constexpr std::int32_t kAllRows = 100'000;
constexpr std::size_t kBestShown = 5;
constexpr std::size_t kLogsRead = 200;  // of failed jobs; the others count by their reason alone

// Everything that the report is made of, as one reading of the store saw it.
struct Ledgers {
  Project project;
  Yardstick measure;
  std::vector<JobRow> jobs;  // as submitted
  std::vector<AttemptRow> attempts;
  std::vector<DecisionRow> decisions;  // oldest first
  Span night;
  std::vector<PaidAttempt> paid;  // of the night
};

bool within(Timestamp at, const Span& span) { return at >= span.starts && at <= span.ends; }

bool is_of(const AttemptRow& attempt, const Span& night) {
  return !attempt.ended || *attempt.ended >= night.starts;
}

Result<Ledgers> read_ledgers(World& world, Reader& reader, const Project& project,
                             const NightRequest& request) {
  Ledgers all{.project = project};
  TRY(all.measure, yardstick(world, reader, project));
  TRY(all.jobs, list_jobs(reader, {.project = project.id, .states = {}, .limit = kAllRows}));
  std::erase_if(all.jobs, [](const JobRow& job) { return job.sandbox.has_value(); });
  std::ranges::reverse(all.jobs);
  TRY(all.attempts, attempts_of(reader, project.id));
  TRY(all.decisions, list_decisions(reader, project.id, kAllRows));
  std::ranges::reverse(all.decisions);
  const Timestamp now = world.clock.now();
  std::vector<Span> spans;
  for (const AttemptRow& attempt : all.attempts) {
    spans.push_back({attempt.claimed, attempt.ended.value_or(now)});
  }
  all.night = request.since ? Span{now - *request.since, now} : night_span(spans, now);
  TRY(all.paid, paid_attempts(reader, {.project = project.id, .since = all.night.starts}));
  return all;
}

const JobRow* find(const Ledgers& all, JobId id) {
  const auto found = std::ranges::lower_bound(all.jobs, id, {}, &JobRow::id);
  return found == all.jobs.end() || found->id != id ? nullptr : &*found;
}

void add_steps(const Ledgers& all, NightReport& night) {
  const Scale& home = all.measure.at_home();
  std::int64_t before = 1;  // seeds of what the next step is compared with
  if (home.base) {
    night.start = home.base->value;
    before = home.base->seeds;
  }
  for (const DecisionRow& row : all.decisions) {
    if (row.decision != Decision::kKeep || !row.job || row.at > all.night.ends) continue;
    if (row.at < all.night.starts) {
      if (row.value) night.start = row.value;
      continue;
    }
    const JobRow* const job = find(all, *row.job);
    if (job == nullptr) continue;
    NightStep step{.number = job->number,
                   .title = job->title,
                   .why = row.why,
                   .value = row.value,
                   .delta = row.delta,
                   .noise_x = {},
                   .fresh = {},
                   .at = row.at};
    if (const Configuration* const tried = configuration_of(all.measure.tried, *row.job)) {
      step.seeds = tried->all.seeds;
      step.fresh = tried->fresh;
      const NoiseFloor& noise = all.measure.scale(tried->setting).noise;
      if (step.delta) step.noise_x = in_noise_units(*step.delta, noise, {step.seeds, before});
      before = step.seeds;
    }
    night.steps.push_back(std::move(step));
  }
}

Result<void> add_dots(Reader& reader, const Ledgers& all, NightReport& night) {
  std::vector<const JobRow*> ended;
  for (const JobRow& job : all.jobs) {
    if (job.finished && within(*job.finished, all.night)) ended.push_back(&job);
  }
  std::ranges::sort(ended, {}, [](const JobRow* job) { return job->finished_event; });
  for (const JobRow* const job : ended) {
    if (job->state == JobState::kCancelled) continue;  // nothing was found out
    NightDot dot{.number = job->number,
                 .title = job->title,
                 .value = {},
                 .failed = job->state != JobState::kSucceeded};
    TRY(dot.value, metric_of(reader, job->id, all.measure.metric));
    dot.kept = std::ranges::any_of(
        night.steps, [&](const NightStep& step) { return step.number == job->number; });
    night.dots.push_back(std::move(dot));
  }
  return {};
}

bool is_decided(const Ledgers& all, const Configuration& tried) {
  return std::ranges::any_of(all.decisions, [&](const DecisionRow& row) {
    return row.job &&
           std::ranges::find(tried.runs, *row.job, &LeaderboardRow::job) != tried.runs.end();
  });
}

Result<void> add_best(const World& world, Reader& reader, const Ledgers& all, NightReport& night) {
  for (const auto& one : all.measure.tried) {
    const Configuration& tried = *one;
    const bool of_night = std::ranges::any_of(
        tried.runs, [&](const LeaderboardRow& run) { return within(run.finished, all.night); });
    if (!of_night) continue;
    const auto& reached = all.measure.scale(tried.setting).reached;
    const bool better =
        reached && is_better(all.measure.direction, tried.all.value, reached->value);
    if (better && !is_decided(all, tried))
      night.undecided.push_back(job_handle(tried.runs[0].number, tried.runs[0].title));
    if (night.best.size() >= kBestShown) continue;
    TRY(JobLine line, line_of(world, reader, tried, all.measure));
    night.best.push_back(std::move(line));
  }
  return {};
}

void add_times(const Ledgers& all, NightBill& bill) {
  Timestamp first = Timestamp::max();
  Timestamp last = Timestamp::min();
  for (const AttemptRow& attempt : all.attempts) {
    if (!is_of(attempt, all.night)) continue;
    const Timestamp end = attempt.ended.value_or(all.night.ends);
    const Milliseconds time = attempt.end ? attempt.end->billed : end - attempt.claimed;
    bill.busy += time;
    bill.slot_busy += time * std::max<std::int64_t>(1, std::ssize(attempt.slots));
    first = std::min(first, attempt.claimed);
    last = std::max(last, end);
  }
  if (first < last) bill.wall = last - first;
}

void add_costs(const Ledgers& all, NightBill& bill) {
  std::map<std::string, CostGroup> stages;
  std::map<std::string, std::set<JobId>> jobs;
  for (const AttemptRow& attempt : all.attempts) {
    const JobRow* const job = find(all, attempt.job);
    if (!is_of(attempt, all.night) || !attempt.end || job == nullptr) continue;
    CostGroup& stage = stages[job->stage];
    stage.spent += attempt.end->cost;
    stage.time += attempt.end->billed;
    jobs[job->stage].insert(job->id);
    bill.spent += attempt.end->cost;
    if (is_final(job->state) && job->state != JobState::kSucceeded)
      bill.failed += attempt.end->cost;
  }
  for (auto& [name, stage] : stages) {
    stage.name = name;
    stage.jobs = std::ssize(jobs[name]);
    bill.stages.push_back(std::move(stage));
  }
}

Result<void> add_bill(World& world, Reader& reader, const Ledgers& all, const Caller& caller,
                      NightBill& bill) {
  add_times(all, bill);
  add_costs(all, bill);
  TRY(bill.budgets, open_budgets(world, reader, all.project, caller.principal));
  const auto rules = world.rules.rules();
  TRY(const Inventory pools, inventory(reader, *rules, world.machine));
  for (const PoolState& pool : pools) bill.slots += pool.total;
  bill.box = persistent_box(all.paid, units_of(pools), all.night.ends);
  return {};
}

Result<void> add_waiting(const World& world, Reader& reader, const Ledgers& all,
                         NightReport& night) {
  for (const JobRow& job : all.jobs) {
    if (is_final(job.state)) continue;
    TRY(JobLine line, line_of(world, reader, job, all.measure));
    night.waiting.push_back(std::move(line));
  }
  return {};
}

// Equal causes have equal signatures. Read outside of the store's reading: logs are slow.
void add_failures(const World& world, const Ledgers& all, NightReport& night) {
  std::map<std::string, NightFailure> groups;
  std::size_t read = 0;
  for (const JobRow& job : all.jobs) {
    const bool failed = job.state == JobState::kFailed || job.state == JobState::kTimedOut;
    if (!failed || !job.finished || !within(*job.finished, all.night)) continue;
    std::string signature;
    if (job.reason == Reason::kUserCode && job.attempts > 0 && read++ < kLogsRead) {
      const AttemptFolder last{world.paths.attempt(all.project.name, job.number, job.attempts)};
      signature = read_failure(last).value_or(Failure()).signature;
    }
    if (signature.empty()) signature = name_of(job.reason);
    NightFailure& group = groups[signature];
    group.signature = signature;
    group.jobs.push_back(job.number);
    for (const AttemptRow& attempt : all.attempts) {
      if (attempt.job == job.id && attempt.end) group.cost += attempt.end->cost;
    }
  }
  for (auto& [signature, group] : groups) night.failures.push_back(std::move(group));
  std::ranges::sort(night.failures, [](const NightFailure& a, const NightFailure& b) {
    return std::pair(b.jobs.size(), a.signature) < std::pair(a.jobs.size(), b.signature);
  });
}

NightReport frame_of(const World& world, const Ledgers& all) {
  const auto& reached = all.measure.at_home().reached;
  return {.project = all.project.name,
          .metric = all.measure.metric,
          .lower_is_better = all.measure.direction == Direction::kMin,
          .from = all.night.starts,
          .to = all.night.ends,
          .reached = reached ? std::optional(reached->value) : std::nullopt,
          .noise = all.measure.at_home().noise,
          .trust_mode = std::string(name_of(world.trust.mode)),
          .state_folder = world.paths.state.string(),
          .results_file = world.paths.results(all.project.name).string(),
          .best_commit = all.project.best_commit};
}

}  // namespace

Result<NightReport> Service::night(const Caller& caller, const NightRequest& request) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  Ledgers all;
  TRY(NightReport night, world_.store.read([&](Reader& reader) -> Result<NightReport> {
    TRY(all, read_ledgers(world_, reader, project, request));
    NightReport made = frame_of(world_, all);
    TRY(made.notices, notices(world_, reader, Audience::kHuman));
    add_steps(all, made);
    CHECK_OK(add_dots(reader, all, made));
    CHECK_OK(add_best(world_, reader, all, made));
    CHECK_OK(add_bill(world_, reader, all, caller, made.bill));
    CHECK_OK(add_waiting(world_, reader, all, made));
    return made;
  }));
  add_failures(world_, all, night);
  night.bill.parts = parts_of(with_phases(world_, project, all.paid));
  return night;
}

Result<std::string> Service::results_table(const Caller& caller) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  return world_.store.read([&](Reader& reader) { return read_results_tsv(reader, project); });
}

}  // namespace pawl
