// A runner whose attempts are entries of an agenda. What becomes of each is decided at its launch,
// by whoever made the runner; it leaves the files that a keeper leaves, so that everything above is
// the real thing. It outlives servers, as keepers do. One thread.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/records/status.h"
#include "server/runner/runner.h"
#include "server/simulation/agenda.h"
#include "server/simulation/virtual_clock.h"

namespace pawl::simulation {

// What becomes of an attempt that nobody stops.
struct Fate {
  Milliseconds startup{0};             // paid, before its first instruction
  Milliseconds runs{0};                // from there on; its limit or its lease may cut that
  Milliseconds trains{0};              // of that, what the experiment is about
  Outcome outcome = Outcome::kExited;  // kLost: the keeper dies without a record
  std::int64_t exit_code = 0;
  std::string metrics{};  // of metrics.jsonl
};
using FateOf = std::function<Fate(const LaunchSpec&)>;

// What really ran of a job, as the engine would bill it.
struct Ran {
  std::int32_t launches = 0;
  Milliseconds billed{0};   // of ended attempts
  Milliseconds trained{0};  // of those that ended well
  std::int32_t slices = 0;  // granted to a sandbox beyond its first
};

// A sandbox that is alive, as its keeper would have it.
struct LivingSandbox {
  AttemptRef attempt;
  Milliseconds startup{0};  // paid too
  Milliseconds lived{0};    // since its first instruction
  Milliseconds granted{0};  // it ends there, if nothing more is granted until then
};

class SimulatedRunner final : public Runner {
 public:
  SimulatedRunner(VirtualClock& clock, Agenda& agenda, FateOf fate, RunnerSink sink)
      : clock_(clock), agenda_(agenda), fate_(std::move(fate)), sink_(std::move(sink)) {}

  Result<void> launch(const LaunchSpec& spec) override;
  void stop(const AttemptRef& attempt) override;
  Result<Recovered> recover(const AttemptRef& attempt) override;

  std::size_t alive() const { return alive_.size(); }
  std::size_t alive_of(JobId job) const;  // more than one is a bug of whoever launched
  const std::map<JobId, Ran>& ran() const { return ran_; }
  std::vector<LivingSandbox> sandboxes() const;
  bool has_sandboxes() const;

 private:
  struct Run {
    LaunchSpec spec;
    Fate fate;
    Timestamp started;
    Milliseconds begun;  // monotonic
    Milliseconds limit;  // from the first instruction on, as far as its keeper has read
  };
  void begin(const LaunchSpec& spec, const Fate& fate);
  void end_slice(AttemptId id);
  void end(AttemptId id, Outcome outcome);
  void leave_record(const Run& run, Outcome outcome, Milliseconds billed);

  VirtualClock& clock_;  // these two outlive us
  Agenda& agenda_;
  const FateOf fate_;
  const RunnerSink sink_;
  std::map<AttemptId, Run> alive_;
  std::map<AttemptId, bool> ended_;  // with a record?
  std::set<AttemptId> fenced_;
  std::map<JobId, Ran> ran_;
};

}  // namespace pawl::simulation
