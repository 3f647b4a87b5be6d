// A runner whose attempts live in memory: a test says when each starts and how it ends. It leaves
// the same files as a keeper does, so everything above it is the real thing.
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/records/status.h"
#include "server/runner/runner.h"

namespace pawl {

class FakeClock final : public Clock {
 public:
  Timestamp now() const override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  Milliseconds since_boot() const override {
    const std::scoped_lock lock(mutex_);
    return since_boot_;
  }
  void advance(Milliseconds by) {
    const std::scoped_lock lock(mutex_);
    now_ += by;
    since_boot_ += by;
  }
  void jump(Milliseconds by) {  // the wall clock alone
    const std::scoped_lock lock(mutex_);
    now_ += by;
  }

 private:
  mutable std::mutex mutex_;
  Timestamp now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(20)};
  Milliseconds since_boot_{3'600'000};
};

class SimulatedRunner final : public Runner {
 public:
  SimulatedRunner(const Clock& clock, RunnerSink sink) : clock_(clock), sink_(std::move(sink)) {}

  Result<void> launch(const LaunchSpec& spec) override {
    if (refusals_ > 0) {
      --refusals_;
      return fail(ErrorKind::kEngine, "the machine said no");
    }
    {
      const std::scoped_lock lock(mutex_);
      attempts_[spec.attempt.id] = {spec, clock_.now(), clock_.since_boot(), true};
    }
    sink_({spec.attempt.id, RunnerEventKind::kStarted});
    return {};
  }

  void stop(const AttemptRef& attempt) override {
    const std::scoped_lock lock(mutex_);
    stops_.push_back(attempt.id);
  }

  Result<Recovered> recover(const AttemptRef& attempt) override {
    const std::scoped_lock lock(mutex_);
    const auto found = attempts_.find(attempt.id);
    if (found == attempts_.end()) return Recovered::kNeverLaunched;
    if (found->second.alive) return Recovered::kAlive;
    const auto record = read_status({attempt.folder});
    return record && !*record ? Recovered::kLost : Recovered::kEnded;
  }

  struct Finish {
    Outcome outcome = Outcome::kExited;
    std::int64_t exit_code = 0;
    std::string metrics;  // text of metrics.jsonl
    std::string error;
    std::string record{};  // what status.json holds; empty: the true record
  };
  // The attempt has run since its launch by the clock, and ends now.
  void end(AttemptId id, const Finish& finish) {
    end_unheard(id, finish);
    sink_({id, RunnerEventKind::kEnded});
  }
  void end_unheard(AttemptId id, const Finish& finish) {
    const std::scoped_lock lock(mutex_);  // nobody sees half a record
    Attempt& attempt = attempts_.at(id);
    const std::filesystem::path folder = attempt.spec.attempt.folder;
    std::ofstream(folder / "run" / "metrics.jsonl") << finish.metrics;
    ExitRecord record{.token = attempt.spec.attempt.token,
                      .written_by = WrittenBy::kKeeper,
                      .outcome = finish.outcome,
                      .phase = AttemptPhase::kCommand,
                      .error = finish.error,
                      .started_at = attempt.started,
                      .ended_at = clock_.now(),
                      .billed = clock_.since_boot() - attempt.since_boot};
    if (finish.outcome == Outcome::kExited) record.exit_code = finish.exit_code;
    std::ofstream(folder / "record" / "status.json")
        << (finish.record.empty() ? to_json(record) : finish.record);
    bill_ += record.billed;
    attempt.alive = false;
  }

  void lose(AttemptId id) {
    {
      const std::scoped_lock lock(mutex_);
      attempts_.at(id).alive = false;
      bill_ += clock_.since_boot() - attempts_.at(id).since_boot;
    }
    sink_({id, RunnerEventKind::kLost});
  }

  void refuse_launches(int count) { refusals_ = count; }
  void tell(RunnerEvent event) { sink_(event); }
  std::vector<AttemptId> stops() const {
    const std::scoped_lock lock(mutex_);
    return stops_;
  }
  bool alive(AttemptId id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = attempts_.find(id);
    return found != attempts_.end() && found->second.alive;
  }
  // What it would write on its own invoice: the time of everything that ran.
  Milliseconds bill() const {
    const std::scoped_lock lock(mutex_);
    return bill_;
  }
  LaunchSpec spec(AttemptId id) const {
    const std::scoped_lock lock(mutex_);
    return attempts_.at(id).spec;
  }
  std::size_t launches() const {
    const std::scoped_lock lock(mutex_);
    return attempts_.size();
  }

 private:
  struct Attempt {
    LaunchSpec spec;
    Timestamp started;
    Milliseconds since_boot;
    bool alive;
  };
  const Clock& clock_;
  RunnerSink sink_;
  std::atomic<int> refusals_ = 0;
  mutable std::mutex mutex_;
  std::map<AttemptId, Attempt> attempts_;
  std::vector<AttemptId> stops_;
  Milliseconds bill_{0};
};

}  // namespace pawl
