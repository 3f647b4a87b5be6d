// Moves jobs on: one thread, woken by the bell, that hands ended attempts to the crew, asks keepers
// of cancelled jobs to stop, and claims queued jobs while there are slots. Polls nothing; every
// minute it looks again all the same, so that no job waits for a wake-up that was lost (Q9).
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "server/core/result.h"
#include "server/jobs/claim.h"
#include "server/jobs/crew.h"
#include "server/jobs/leases.h"
#include "server/jobs/lifecycle.h"
#include "server/jobs/watch.h"
#include "server/jobs/world.h"
#include "server/runner/runner.h"
#include "server/store/ledger_check.h"

namespace pawl {

// What a runner tells, in order, until the scheduler takes it. Thread-safe.
class RunnerNews {
 public:
  explicit RunnerNews(Bell& bell) : bell_(bell) {}
  void post(RunnerEvent event);
  std::deque<RunnerEvent> take();

 private:
  Bell& bell_;  // outlives us
  std::mutex mutex_;
  std::deque<RunnerEvent> events_;
};

class Scheduler {
 public:
  static constexpr std::size_t kCrew = 4;

  // `news` is what `runner` was given as its sink. All outlive us. Without a crew, turn() does all
  // of its work itself.
  Scheduler(World& world, Runner& runner, RunnerNews& news, std::size_t crew = kCrew);

  // What became of the attempts of the last server: adopts, settles or fences each. Call before
  // start().
  Result<void> recover();
  void start();
  // One look at everything, by the caller: for who has its own clock instead of start().
  void turn();
  // Stops scheduling; running attempts go on without us. Idempotent.
  void stop();

 private:
  void run(const std::stop_token& stop);
  void take_news();
  void check_prices();
  Result<std::set<AttemptId>> to_stop();
  void stop_cancelled();
  void claim_all();
  void settle_again();
  void check_live();
  void check_health();
  void answer_for_humans();
  bool claim_next(std::map<JobKind, Waiting>& kinds);
  Waiting try_claim(const QueuedJob& job);
  void launch_on_crew(Claimed claimed);
  void settle(const RunnerEvent& event);
  void recover_attempt(AttemptId id, const NeverLaunched& fact);
  void recover_attempt(const AttemptRow& attempt, const NeverLaunched& fact);
  void remember_unsettled(AttemptId id, const Error& error);

  World& world_;
  Runner& runner_;
  RunnerNews& news_;
  LedgerCheck ledger_check_;  // scheduler thread only
  bool ledger_good_ = true, disk_good_ = true;
  Milliseconds checked_whole_ledger_{0}, checked_ledger_{0}, checked_disk_{0}, settled_again_{0},
      checked_live_{0};  // monotonic times of the last look
  std::mutex unsettled_mutex_;
  std::set<AttemptId>
      unsettled_;  // whose end could not be written or is not known yet: asked again
  std::set<AttemptId> asked_to_stop_;       // scheduler thread only
  std::shared_ptr<const Rules> priced_by_;  // whose prices live attempts pay
  Watch watch_;
  Leases leases_;
  std::shared_ptr<const Rules> seen_rules_;  // shared with RulesFolder: tells a reload
  std::unique_ptr<Crew> crew_;
  std::jthread thread_;
};

}  // namespace pawl
