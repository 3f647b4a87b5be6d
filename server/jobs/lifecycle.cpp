#include "server/jobs/lifecycle.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/budget/estimate.h"
#include "server/budget/windows.h"
#include "server/jobs/compile_caches.h"
#include "server/jobs/end_notes.h"
#include "server/jobs/environment.h"
#include "server/jobs/environment_folder.h"
#include "server/jobs/outcome.h"
#include "server/jobs/results.h"
#include "server/jobs/spending.h"
#include "server/records/failure.h"
#include "server/records/status.h"
#include "server/store/events.h"
#include "server/store/ledger.h"
#include "server/store/pool_records.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

struct Subject {
  AttemptRow attempt;
  JobRow job;
  Project project;
};

Result<Subject> subject_of(World& world, AttemptId id) {
  return world.store.read([&](Reader& reader) -> Result<Subject> {
    Subject subject;
    TRY(subject.attempt, find_attempt(reader, id));
    TRY(subject.job, find_job(reader, id.job));
    TRY(subject.project, find_project(reader, subject.job.project));
    return subject;
  });
}

AttemptFolder folder_of(const World& world, const Subject& subject) {
  return {world.paths.attempt(subject.project.name, subject.job.number, subject.attempt.id.number)};
}

std::filesystem::path environment_of(const World& world, const Subject& subject) {
  return world.paths.environment(subject.project.name, subject.job.number,
                                 subject.attempt.id.number);
}

std::int32_t count_ended(const std::vector<AttemptRow>& attempts, std::string_view outcome) {
  return static_cast<std::int32_t>(std::ranges::count_if(attempts, [&](const AttemptRow& attempt) {
    return attempt.end && attempt.end->outcome == outcome;
  }));
}

// The wall clock of the keeper may be off; the run lies between the claim and now, and in the time
// for which it was reserved.
Timestamp start_of(World& world, const Subject& subject, const ExitRecord& record) {
  const AttemptRow& attempt = subject.attempt;
  const Timestamp end = std::min(world.time.now(), attempt.claimed + attempt.worst_case);
  return std::clamp(record.started_at, attempt.claimed,
                    std::max(attempt.claimed, end - record.billed));
}

RunBill bill_of(World& world, const Subject& subject, const ExitRecord& record) {
  return {.rates = subject.attempt.rates,
          .units = subject.attempt.units,
          .started = start_of(world, subject, record),
          .billed = record.billed};
}

// A project's own policy that became unreadable stops launches, never a settling.
std::shared_ptr<const Rules> settling_rules(World& world, const Project& project) {
  return rules_of(world, project).value_or(world.rules.rules());
}

// What each window really pays: the part of the run that fell into it. Windows in which the attempt
// reserved, and those that the policy in force knows: a cap, a night or a time zone may be new.
Result<std::vector<Line>> actual_lines(World& world, Transaction& transaction,
                                       const Subject& subject, const RunBill& bill) {
  const auto rules = settling_rules(world, subject.project);
  TRY(const Payer payer, payer_of(transaction, subject.job, subject.project));
  TRY(const SharedNodes nodes, ensure_shared_nodes(transaction, payer));
  const Spending spending{rules->policy, payer, bill.started, bill.billed};
  TRY(BudgetView windows, job_view(transaction, nodes, spending, subject.job.number));
  TRY(const BudgetView reserved, reserved_windows(transaction, subject.job.id));
  for (const Balance& balance : reserved) {
    if (std::ranges::find(windows, balance.id, &Balance::id) == windows.end())
      windows.push_back(balance);
  }
  std::vector<Line> lines;
  for (const Balance& window : windows) {
    const Milliseconds time = time_within(window.span, bill.started, bill.billed);
    const Timestamp from = std::max(window.span.starts, bill.started);
    const bool takes_part = time.count() > 0 || (bill.billed.count() == 0 && from == bill.started);
    const Money money = takes_part ? bill.part(from, time) : Money();
    lines.push_back({window.id, {money, subject.attempt.gpus * time}});
  }
  return lines;
}

Result<Ending> decide_ending(const Policy& policy, Transaction& transaction, const JobRow& job,
                             const ExitRecord& record, const Results& results) {
  TRY(const auto attempts, attempts_of(transaction, job.id));
  const auto stage = rules_for(policy, job.principal, job.stage);
  return ending_of({.record = record,
                    .goal = results.goal,
                    .metric = results.metric,
                    .cancelling = job.state == JobState::kCancelling,
                    .lost_before = count_ended(attempts, name_of(Outcome::kLost)),
                    .preempted_before = count_ended(attempts, name_of(Outcome::kPreempted)),
                    .taken_back = attempts.back().taken_back,
                    .failed_before = count_ended(attempts, name_of(Outcome::kExited)) +
                                     count_ended(attempts, name_of(Outcome::kSignaled)),
                    .failed_retries = stage ? stage->max_retries.value : 0,
                    .environment = is_environment(job),
                    .sandbox = job.sandbox.has_value(),
                    .problem = results.problem});
}

// What this run adds to what is known of its pool.
PoolRecord record_of(const Subject& subject, const ExitRecord& record, const Ending& ending) {
  const bool lost = record.outcome == Outcome::kLost || record.outcome == Outcome::kNotStarted;
  const bool whole = ending.event == JobEvent::kExitedWell || record.outcome == Outcome::kDeadline;
  PoolRecord run{.pool = subject.attempt.pool,
                 .spot = subject.attempt.spot,
                 .runs = 1,
                 .failures = lost ? 1 : 0,
                 .interruptions = record.outcome == Outcome::kPreempted ? 1 : 0,
                 .results = whole ? 1 : 0,
                 .billed = record.billed};
  if (!whole) return run;
  run.startup = std::clamp(record.first_instruction, Milliseconds(0), record.billed);
  run.work = record.billed - run.startup;
  return run;
}

// A bill over the reservation: nothing more goes where this could happen, until a human looked.
Result<void> freeze_on_overrun(World& world, Transaction& transaction, const Subject& subject,
                               Money billed) {
  const auto rules = world.rules.rules();
  const Pool* const pool = find_pool(rules->pools, subject.attempt.pool);
  if (pool == nullptr || pool->billing != Billing::kMetered) return {};
  TRY(const auto open, open_reservation(transaction, subject.job.id));
  if (!open) return {};
  TRY(const auto reserved, reserved_lines(transaction, open->id));
  Money most;
  for (const Line& line : reserved) most = std::max(most, line.amount.money);
  if (billed <= most) return {};
  const std::string why =
      fmt::format("attempt {} of job {} of {} cost {} USD, over the {} USD that were reserved",
                  subject.attempt.id.number, subject.job.number, subject.project.name,
                  format_usd(billed), format_usd(most));
  spdlog::error("pool {} is frozen: {}", pool->name, why);
  CHECK_OK(
      append_event(transaction, {.kind = EventKind::kBudget, .text = pool->name + ": " + why}));
  return freeze_pool(transaction, pool->name, why);
}

// One transaction: attempt ended, money settled, job moved on, metrics stored. Gives the ending for
// the record files.
Result<Ending> settle_attempt(World& world, Transaction& transaction, const Subject& subject,
                              const ExitRecord& record, const Results& results) {
  TRY(const JobRow job, find_job(transaction, subject.job.id));
  const auto rules = settling_rules(world, subject.project);
  TRY(Ending ending, decide_ending(rules->policy, transaction, job, record, results));
  const RunBill bill = bill_of(world, subject, record);
  // Before the attempt counts as ended: a window that gets its first row here begins with what
  // ended runs spent in it.
  TRY(const auto lines, actual_lines(world, transaction, subject, bill));
  CHECK_OK(mark_ended(transaction, subject.attempt.id,
                      {.outcome = std::string(name_of(record.outcome)),
                       .exit_code = record.exit_code,
                       .signal = record.signal,
                       .started = record.started_at,
                       .billed = record.billed,
                       .cost = bill.whole(),
                       .ended = bill.started + bill.billed}));
  CHECK_OK(freeze_on_overrun(world, transaction, subject, bill.whole()));
  if (!job.sandbox)  // of no experiment's kind
    CHECK_OK(
        add_record(transaction, subject.project.id, job.stage, record_of(subject, record, ending)));
  CHECK_OK(settle(transaction, subject.attempt.id, lines));
  CHECK_OK(transition(transaction, {.job = job.id,
                                    .from = job.state,
                                    .event = ending.event,
                                    .attempt = subject.attempt.id.number,
                                    .reason = ending.reason,
                                    .detail = ending.detail}));
  CHECK_OK(note_end(transaction, {.policy = rules->policy,
                                  .project = subject.project,
                                  .job = job,
                                  .ending = ending,
                                  .signature = results.signature}));
  CHECK_OK(put_metrics(transaction, job.id, results.metrics));
  CHECK_OK(world.time.save(transaction));
  return ending;
}

// From the claim until now, and never more than was reserved: nothing of it ran longer.
Milliseconds upper_bound(const World& world, const AttemptRow& attempt) {
  if (attempt.boot_id != world.time.boot_id()) return attempt.worst_case;
  return std::min(attempt.worst_case, world.time.since_boot() - attempt.claimed_since_boot);
}

ExitRecord lost_record(World& world, const Subject& subject) {
  return {.token = subject.attempt.token,
          .written_by = WrittenBy::kServer,
          .outcome = Outcome::kLost,
          .error = "the keeper died; no process of the attempt is left",
          .started_at = subject.attempt.claimed,
          .ended_at = std::max(world.time.now(), subject.attempt.claimed),
          .billed = upper_bound(world, subject.attempt)};
}

std::string why_no_more(World& world, const Subject& subject, const SandboxRow& sandbox) {
  if (!sandbox.ending.empty()) return sandbox.ending;
  const Milliseconds idle = settling_rules(world, subject.project)->policy.sandbox.idle.value;
  const bool was_idle = sandbox.used + idle <= subject.attempt.limit;
  return was_idle ? "nobody used it" : "no server granted it more time";
}

// Of a build: whether what it left can be used, and if so, it is ready for use from here on.
Result<Results> results_of(World& world, const Subject& subject, const ExitRecord& record) {
  const AttemptFolder folder = folder_of(world, subject);
  const bool good = record.outcome == Outcome::kExited && record.exit_code == 0;
  if (subject.job.sandbox) {
    TRY(const SandboxRow sandbox,
        world.store.read([&](Reader& reader) { return find_sandbox(reader, subject.job.id); }));
    return Results{.metric = subject.project.goal_metric,
                   .problem = why_no_more(world, subject, sandbox)};
  }
  if (!is_environment(subject.job)) {
    Results results = read_results(folder, subject.project, record);
    if (!good) results.signature = read_failure(folder).value_or(Failure()).signature;
    return results;
  }
  Results results{.metric = subject.project.goal_metric};
  if (good) {
    TRY(results.problem, keep_environment(world, subject.project, subject.job));
  } else if (record.outcome == Outcome::kExited || record.outcome == Outcome::kSignaled ||
             record.outcome == Outcome::kDeadline) {
    results.problem = read_failure(folder).value_or(Failure()).cause;
  }
  return results;
}

// The keeper only knows that it was asked to stop; why, the server knows.
ExitRecord as_meant(const Subject& subject, ExitRecord record) {
  const bool ours = !subject.attempt.taken_back.empty() && record.outcome == Outcome::kCancelled &&
                    subject.job.state != JobState::kCancelling;
  if (ours) record.outcome = Outcome::kPreempted;
  return record;
}

Result<void> end_with(World& world, const Subject& subject, const ExitRecord& found) {
  const ExitRecord record = as_meant(subject, found);
  const AttemptFolder folder = folder_of(world, subject);
  TRY(const Results results, results_of(world, subject, record));
  TRY(const Ending ending, world.store.write([&](Transaction& transaction) {
    return settle_attempt(world, transaction, subject, record, results);
  }));
  world.bell.ring();
  if (world.rehearses) return {};
  const auto written = write_end_files(
      folder, {subject.project,
               subject.attempt,
               record,
               {bill_of(world, subject, record).whole(), subject.attempt.gpus * record.billed},
               results,
               ending});
  if (!written) spdlog::warn("job {}: {}", subject.job.number, written.error().message);
  const bool good = ending.event == JobEvent::kExitedWell;
  return_caches(world, {subject.project, subject.job, folder}, good);
  if (is_environment(subject.job) && !good) remove_environment(environment_of(world, subject));
  spdlog::info("job {} attempt {}: {} {}", subject.job.number, subject.attempt.id.number,
               name_of(record.outcome), ending.detail);
  return {};
}

}  // namespace

Result<AttemptRef> ref_of(World& world, const AttemptRow& attempt) {
  return world.store.read([&](Reader& reader) -> Result<AttemptRef> {
    TRY(const JobRow job, find_job(reader, attempt.id.job));
    TRY(const Project project, find_project(reader, job.project));
    return AttemptRef{attempt.id, attempt.token,
                      world.paths.attempt(project.name, job.number, attempt.id.number)};
  });
}

Result<void> on_started(World& world, AttemptId id) {
  CHECK_OK(world.store.write([&](Transaction& transaction) -> Result<void> {
    TRY(const AttemptRow attempt, find_attempt(transaction, id));
    if (attempt.state == AttemptState::kIntent) CHECK_OK(mark_launched(transaction, id));
    TRY(const JobRow job, find_job(transaction, id.job));
    if (job.state != JobState::kStarting || job.attempts != id.number) return {};
    CHECK_OK(transition(
        transaction,
        {.job = job.id, .from = job.state, .event = JobEvent::kStarted, .attempt = id.number}));
    return {};
  }));
  world.bell.ring();
  return {};
}

Result<void> on_ended(World& world, AttemptId id) {
  TRY(const Subject subject, subject_of(world, id));
  if (subject.attempt.state == AttemptState::kEnded) return {};
  const auto record = read_status(folder_of(world, subject));
  if (record && !*record)
    return fail(ErrorKind::kEngine, "the attempt ended, but its status.json is not there");
  if (record && (*record)->token == subject.attempt.token)
    return end_with(world, subject, **record);
  // A record that is damaged or another's is not believed, and the money must not hang on it for
  // ever.
  spdlog::error("job {}: status.json is not believed: {}", subject.job.number,
                record ? "another attempt's token" : record.error().message);
  return end_with(world, subject, lost_record(world, subject));
}

Result<void> on_lost(World& world, AttemptId id) {
  TRY(const Subject subject, subject_of(world, id));
  if (subject.attempt.state == AttemptState::kEnded) return {};
  const ExitRecord lost = lost_record(world, subject);
  const auto written = write_lost_status(folder_of(world, subject), {.token = lost.token,
                                                                     .started_at = lost.started_at,
                                                                     .ended_at = lost.ended_at,
                                                                     .billed = lost.billed,
                                                                     .error = lost.error});
  if (!written && written.error().kind != ErrorKind::kConflict) return written;
  return on_ended(world, id);
}

Result<void> on_never_launched(World& world, AttemptId id, const NeverLaunched& fact) {
  TRY(const Subject subject, subject_of(world, id));
  TRY(const bool ended, world.store.write([&](Transaction& transaction) -> Result<bool> {
    TRY(const AttemptRow attempt, find_attempt(transaction, id));
    if (attempt.state == AttemptState::kEnded) return false;
    TRY(const JobRow job, find_job(transaction, id.job));
    TRY(const auto attempts, attempts_of(transaction, id.job));
    const std::int32_t failed =
        fact.outcome == kLaunchFailed ? count_ended(attempts, kLaunchFailed) : 0;
    const Ending ending = ending_of_failed_launch({.outcome = fact.outcome,
                                                   .failed_before = failed,
                                                   .cancelling = job.state == JobState::kCancelling,
                                                   .why = fact.why});
    CHECK_OK(mark_ended(
        transaction, id,
        {.outcome = std::string(fact.outcome), .exit_code = {}, .signal = {}, .started = {}}));
    CHECK_OK(release(transaction, id.job));
    CHECK_OK(transition(transaction, {.job = job.id,
                                      .from = job.state,
                                      .event = ending.event,
                                      .attempt = id.number,
                                      .reason = ending.reason,
                                      .detail = ending.detail}));
    return true;
  }));
  world.bell.ring();
  if (ended && is_environment(subject.job)) remove_environment(environment_of(world, subject));
  return {};
}

}  // namespace pawl
