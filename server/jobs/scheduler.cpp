#include "server/jobs/scheduler.h"

#include <spdlog/spdlog.h>

#include <map>

#include "server/jobs/approvals.h"
#include "server/jobs/cut_work.h"
#include "server/jobs/environment.h"
#include "server/jobs/health.h"
#include "server/jobs/launch.h"
#include "server/jobs/outcome.h"
#include "server/jobs/prices.h"
#include "server/store/idempotency.h"

namespace pawl {
namespace {

constexpr std::chrono::seconds kLookAgain{30};  // Q9 asks for 60
constexpr std::chrono::seconds kCheckLiveEvery{45};
constexpr std::chrono::seconds kSettleAgainAfter{1};
constexpr std::chrono::seconds kDiskEvery{10};
constexpr std::chrono::minutes kLedgerEvery{10};    // what was written since
constexpr std::chrono::hours kWholeLedgerEvery{6};  // and what somebody changed by hand
constexpr std::int32_t kQueueLook = 32;             // the next job is nearly always among the first
constexpr std::int32_t kQueueMost = 10'000;  // ... but not where all of those wait for the same

const NeverLaunched kServerEnded{kNeverLaunched, "the server ended before the launch"};

}  // namespace

void RunnerNews::post(RunnerEvent event) {
  {
    const std::scoped_lock lock(mutex_);
    events_.push_back(event);
  }
  bell_.ring();
}

std::deque<RunnerEvent> RunnerNews::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(events_, {});
}

Scheduler::Scheduler(World& world, Runner& runner, RunnerNews& news, std::size_t crew)
    : world_(world),
      runner_(runner),
      news_(news),
      watch_(world),
      leases_(world),
      crew_(std::make_unique<Crew>(crew)) {}

void Scheduler::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Scheduler::stop() {
  thread_ = std::jthread();
  crew_.reset();
}

void Scheduler::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t seen = world_.bell.rings();
    turn();
    world_.bell.wait(seen, stop, kLookAgain);
  }
}

// What a human did not answer, cut, or would have looked at.
void Scheduler::answer_for_humans() {
  const auto warn = [](const Result<void>& done) {
    if (!done) spdlog::warn("could not look after the night: {}", done.error().message);
  };
  warn(expire_approvals(world_));
  const auto rules = world_.rules.rules();
  if (rules != seen_rules_) warn(end_cut_work(world_));
  seen_rules_ = rules;
  watch_.look();
  if (const auto began = watch_.night_over())
    crew_->add([this, warn, night = *began] { warn(tell_morning(world_, night)); });
}

void Scheduler::turn() {
  take_news();
  settle_again();
  check_live();
  check_prices();
  leases_.look();
  stop_cancelled();
  check_health();
  if (const auto failed = fail_stranded(world_); !failed)
    spdlog::warn("could not fail jobs without an environment: {}", failed.error().message);
  answer_for_humans();
  claim_all();
}

void Scheduler::remember_unsettled(AttemptId id, const Error& error) {
  spdlog::warn("could not settle job id {} attempt {}: {}", id.job.value, id.number, error.message);
  const std::scoped_lock lock(unsettled_mutex_);
  unsettled_.insert(id);
}

void Scheduler::settle(const RunnerEvent& event) {
  Result<void> done;
  switch (event.kind) {
    case RunnerEventKind::kStarted:
      done = on_started(world_, event.attempt);
      break;
    case RunnerEventKind::kEnded:
      done = on_ended(world_, event.attempt);
      break;
    case RunnerEventKind::kLost:
      done = on_lost(world_, event.attempt);
      break;
  }
  // CONFLICT: somebody else settled it while we looked.
  if (!done && done.error().kind != ErrorKind::kConflict)
    remember_unsettled(event.attempt, done.error());
}

void Scheduler::take_news() {
  for (const RunnerEvent& event : news_.take()) crew_->add([this, event] { settle(event); });
}

// Ends that could not be written (a full disk) or are not known yet.
void Scheduler::settle_again() {
  const Milliseconds now = world_.clock.since_boot();
  if (now - settled_again_ < kSettleAgainAfter) return;
  settled_again_ = now;
  std::set<AttemptId> again;
  {
    const std::scoped_lock lock(unsettled_mutex_);
    again = std::exchange(unsettled_, {});
  }
  for (const AttemptId id : again) crew_->add([this, id] { recover_attempt(id, kServerEnded); });
}

// News that never came: every attempt that should be alive is asked for (Q9). One that is being
// launched is the crew's.
void Scheduler::check_live() {
  const Milliseconds now = world_.clock.since_boot();
  if (now - checked_live_ < kCheckLiveEvery) return;
  checked_live_ = now;
  const auto live = world_.store.read([](Reader& reader) { return live_attempts(reader); });
  if (!live) return;
  for (const AttemptRow& attempt : *live) {
    if (attempt.state != AttemptState::kLaunched) continue;
    crew_->add([this, attempt] { recover_attempt(attempt, kServerEnded); });
  }
}

// Rules that were put in force since the last look may have other prices.
void Scheduler::check_prices() {
  auto rules = world_.rules.rules();
  if (rules == priced_by_) return;
  const auto stops = follow_prices(world_);
  if (!stops) return spdlog::error("could not follow prices: {}", stops.error().message);
  if (*stops) world_.cancels_asked = true;
  priced_by_ = std::move(rules);
}

Result<std::set<AttemptId>> Scheduler::to_stop() {
  return world_.store.read([](Reader& reader) -> Result<std::set<AttemptId>> {
    TRY(const auto cancelling,
        list_jobs(reader, {.project = {}, .states = {JobState::kCancelling}}));
    TRY(const auto back, taken_back(reader));
    std::set<AttemptId> all(back.begin(), back.end());
    for (const JobRow& job : cancelling) all.insert({job.id, job.attempts});
    return all;
  });
}

// A cancel is a row first, and so is a machine that is taken back; this is the request that
// follows. Asking twice does no harm.
void Scheduler::stop_cancelled() {
  if (!world_.cancels_asked.exchange(false)) return;
  const auto stopping = to_stop();
  if (!stopping || !stopping->empty())
    world_.cancels_asked = true;  // until the last of them is dead
  if (!stopping) return;
  for (const AttemptId id : *stopping) {
    if (asked_to_stop_.contains(id)) continue;
    const auto attempt =
        world_.store.read([&](Reader& reader) { return find_attempt(reader, id); });
    if (!attempt || attempt->state != AttemptState::kLaunched)
      continue;  // asked once its start is known
    if (const auto ref = ref_of(world_, *attempt)) {
      runner_.stop(*ref);
      asked_to_stop_.insert(id);
    }
  }
  std::erase_if(asked_to_stop_, [&](AttemptId id) { return !stopping->contains(id); });
}

void Scheduler::check_health() {
  const Milliseconds now = world_.clock.since_boot();
  const auto due = [now](Milliseconds& last, Milliseconds every) {
    const bool first = last == Milliseconds(0);
    if (!first && now - last < every) return false;
    last = now;
    return true;
  };
  if (due(checked_whole_ledger_, kWholeLedgerEvery)) ledger_check_ = {};
  if (due(checked_ledger_, kLedgerEvery)) {
    ledger_good_ = ledger_adds_up(world_.store, ledger_check_);
    const auto forgotten =
        world_.store.write([](Transaction& tx) { return forget_expired_keys(tx); });
    if (!forgotten) spdlog::warn("could not forget old keys: {}", forgotten.error().message);
  }
  if (due(checked_disk_, kDiskEvery)) disk_good_ = disk_has_room(world_.paths.state);
  world_.launches_stopped = !ledger_good_ || !disk_good_;
}

void Scheduler::claim_all() {
  std::map<JobKind, Waiting> kinds;
  while (true) {
    const auto all =
        world_.store.read([&](Reader& reader) { return all_must_wait(world_, reader); });
    if (!all) return spdlog::error("could not look for free slots: {}", all.error().message);
    if (*all) return world_.waiting.set(**all, std::move(kinds));
    if (!claim_next(kinds)) return world_.waiting.set({}, std::move(kinds));
  }
}

// Claims the first job whose kind need not wait; false when there is none.
bool Scheduler::claim_next(std::map<JobKind, Waiting>& kinds) {
  for (const std::int32_t look : {kQueueLook, kQueueMost}) {
    const auto queue = world_.store.read([&](Reader& reader) { return queued_jobs(reader, look); });
    if (!queue) spdlog::error("could not read the queue: {}", queue.error().message);
    if (!queue) return false;
    for (const QueuedJob& job : *queue) {
      const JobKind kind = kind_of(job);
      if (kinds.contains(kind)) continue;
      Waiting waiting = try_claim(job);
      if (waiting.reason == Reason::kNone) return true;
      kinds.emplace(kind, std::move(waiting));
    }
    if (std::ssize(*queue) < look) return false;
  }
  return false;
}

// Why it stays queued; kNone when it was claimed or is no longer there.
Waiting Scheduler::try_claim(const QueuedJob& job) {
  const auto waiting =
      world_.store.read([&](Reader& reader) { return must_wait(world_, reader, job); });
  if (waiting && *waiting) return **waiting;
  auto answer = world_.store.write(
      [&](Transaction& transaction) { return claim(world_, transaction, job.id); });
  if (!answer) {
    spdlog::error("could not claim job id {}: {}", job.id.value, answer.error().message);
    return {Reason::kLaunchesStopped, answer.error().message};
  }
  if (answer->claimed) launch_on_crew(*std::move(answer->claimed));
  return answer->waiting;
}

void Scheduler::launch_on_crew(Claimed claimed) {
  crew_->add([this, claimed = std::move(claimed)] {
    const AttemptId id = claimed.attempt.id;
    const auto launched = launch(world_, runner_, claimed);
    if (launched) return;
    // The error may hide a keeper that runs: the runner fences the attempt, or says what became of
    // it.
    spdlog::warn("job id {} attempt {} could not be launched: {}", id.job.value, id.number,
                 launched.error().message);
    const bool hopeless = !is_transient(launched.error().kind);
    recover_attempt(id, {hopeless ? kNotPrepared : kLaunchFailed, launched.error().message});
  });
}

void Scheduler::recover_attempt(AttemptId id, const NeverLaunched& fact) {
  const auto attempt = world_.store.read([&](Reader& reader) { return find_attempt(reader, id); });
  if (!attempt) return remember_unsettled(id, attempt.error());
  recover_attempt(*attempt, fact);
}

void Scheduler::recover_attempt(const AttemptRow& attempt, const NeverLaunched& fact) {
  const AttemptId id = attempt.id;
  const auto ref = ref_of(world_, attempt);
  const auto fate = ref ? runner_.recover(*ref) : std::unexpected(ref.error());
  if (!fate) return remember_unsettled(id, fate.error());
  switch (*fate) {
    case Recovered::kAlive:
      if (attempt.state == AttemptState::kLaunched) return;  // its job was moved on with it
      return settle({id, RunnerEventKind::kStarted});
    case Recovered::kEnded:
      return settle({id, RunnerEventKind::kEnded});
    case Recovered::kLost:
      return settle({id, RunnerEventKind::kLost});
    case Recovered::kNeverLaunched:
      if (const auto done = on_never_launched(world_, id, fact); !done)
        remember_unsettled(id, done.error());
      return;
  }
}

Result<void> Scheduler::recover() {
  TRY(const auto live, world_.store.read([](Reader& reader) { return live_attempts(reader); }));
  for (const AttemptRow& attempt : live) recover_attempt(attempt, kServerEnded);
  if (!live.empty()) spdlog::info("recovered {} attempts of the last server", live.size());
  return {};
}

}  // namespace pawl
