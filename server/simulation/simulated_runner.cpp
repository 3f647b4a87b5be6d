#include "server/simulation/simulated_runner.h"

#include <algorithm>

#include "server/records/file.h"
#include "server/runner/attempt_folder.h"

namespace pawl::simulation {
namespace {

// What could not be made shows where a file could not be written.
void make_folders(const AttemptFolder& folder) {
  std::error_code ignored;
  if (!std::filesystem::create_directory(folder.root, ignored))
    std::filesystem::create_directories(folder.root, ignored);
  std::filesystem::create_directory(folder.record(), ignored);
  std::filesystem::create_directory(folder.run(), ignored);
}

// A server writes into the one, and makes a diff of the other.
Result<void> make_sandbox_folders(const AttemptFolder& folder) {
  CHECK_OK(make_private_folder(folder.keeper()));
  return make_private_folder(folder.work());
}

// Read from the file that the server writes, because that is all which outlives it.
Milliseconds granted_to(const LaunchSpec& spec, Milliseconds limit) {
  const Milliseconds more = granted(spec.attempt.folder).value_or(limit);
  return std::max(limit, std::min(more, *spec.lease));
}

}  // namespace

Result<void> SimulatedRunner::launch(const LaunchSpec& spec) {
  const AttemptId id = spec.attempt.id;
  if (fenced_.contains(id))
    return fail(ErrorKind::kConflict, "the attempt was fenced off before it was launched");
  if (alive_.contains(id) || ended_.contains(id)) return {};
  Fate fate = fate_(spec);
  if (spec.lease) CHECK_OK(make_sandbox_folders({spec.attempt.folder}));
  if (!spec.lease && fate.runs > spec.limit) {
    fate.runs = spec.limit;
    fate.outcome = Outcome::kDeadline;
    fate.trains = Milliseconds(0);
  }
  begin(spec, fate);
  return {};
}

void SimulatedRunner::begin(const LaunchSpec& spec, const Fate& fate) {
  const AttemptId id = spec.attempt.id;
  alive_.emplace(id, Run{spec, fate, clock_.now(), clock_.since_boot(), spec.limit});
  ++ran_[id.job].launches;
  const Milliseconds starts = clock_.since_boot() + fate.startup;
  agenda_.at(starts, [this, id] {
    if (alive_.contains(id)) sink_({id, RunnerEventKind::kStarted});
  });
  if (spec.lease) agenda_.at(starts + spec.limit, [this, id] { end_slice(id); });
  if (spec.lease && fate.runs >= *spec.lease) return;  // its lease is over before
  agenda_.at(starts + fate.runs, [this, id, outcome = fate.outcome] { end(id, outcome); });
}

// Only where the time that it knew of is over a keeper looks for more.
void SimulatedRunner::end_slice(AttemptId id) {
  const auto found = alive_.find(id);
  if (found == alive_.end()) return;
  Run& run = found->second;
  const Milliseconds granted = granted_to(run.spec, run.limit);
  if (granted <= run.limit) return end(id, Outcome::kDeadline);
  run.limit = granted;
  ++ran_[id.job].slices;
  agenda_.at(run.begun + run.fate.startup + granted, [this, id] { end_slice(id); });
}

void SimulatedRunner::stop(const AttemptRef& attempt) {
  agenda_.at(clock_.since_boot(), [this, id = attempt.id] { end(id, Outcome::kCancelled); });
}

Result<Recovered> SimulatedRunner::recover(const AttemptRef& attempt) {
  if (alive_.contains(attempt.id)) return Recovered::kAlive;
  if (const auto ended = ended_.find(attempt.id); ended != ended_.end())
    return ended->second ? Recovered::kEnded : Recovered::kLost;
  fenced_.insert(attempt.id);
  return Recovered::kNeverLaunched;
}

std::size_t SimulatedRunner::alive_of(JobId job) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(alive_, [&](const auto& run) { return run.first.job == job; }));
}

std::vector<LivingSandbox> SimulatedRunner::sandboxes() const {
  std::vector<LivingSandbox> all;
  for (const auto& [id, run] : alive_) {
    if (!run.spec.lease) continue;
    all.push_back({.attempt = run.spec.attempt,
                   .startup = run.fate.startup,
                   .lived = clock_.since_boot() - run.begun - run.fate.startup,
                   .granted = granted_to(run.spec, run.limit)});
  }
  return all;
}

bool SimulatedRunner::has_sandboxes() const {
  return std::ranges::any_of(alive_,
                             [](const auto& run) { return run.second.spec.lease.has_value(); });
}

void SimulatedRunner::end(AttemptId id, Outcome outcome) {
  const auto found = alive_.find(id);
  if (found == alive_.end()) return;  // something else ended it before
  const Run run = std::move(found->second);
  alive_.erase(found);
  const Milliseconds billed = clock_.since_boot() - run.begun;
  ran_[id.job].billed += billed;
  const bool lost = outcome == Outcome::kLost;
  make_folders({run.spec.attempt.folder});
  if (!lost) leave_record(run, outcome, billed);
  ended_[id] = !lost;
  sink_({id, lost ? RunnerEventKind::kLost : RunnerEventKind::kEnded});
}

// A record that could not be written counts as lost, as it does for a keeper.
void SimulatedRunner::leave_record(const Run& run, Outcome outcome, Milliseconds billed) {
  const AttemptFolder folder{run.spec.attempt.folder};
  ExitRecord record{.token = run.spec.attempt.token,
                    .written_by = WrittenBy::kKeeper,
                    .outcome = outcome,
                    .phase = AttemptPhase::kCommand,
                    .started_at = run.started,
                    .ended_at = run.started + billed,
                    .billed = billed,
                    .command = std::max(Milliseconds(0), billed - run.fate.startup),
                    .first_instruction = std::min(run.fate.startup, billed)};
  if (outcome == Outcome::kExited) {
    record.exit_code = run.fate.exit_code;
    if (run.fate.exit_code == 0) ran_[run.spec.attempt.id.job].trained += run.fate.trains;
    (void)write_file(folder.run(), "metrics.jsonl", run.fate.metrics);
  }
  if (outcome == Outcome::kSignaled) record.signal = 9;
  (void)write_file(folder.record(), "status.json", to_json(record));
}

}  // namespace pawl::simulation
