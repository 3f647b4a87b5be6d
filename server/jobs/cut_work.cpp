#include "server/jobs/cut_work.h"

#include <algorithm>

#include "server/budget/cut.h"
#include "server/jobs/cancel.h"
#include "server/jobs/spending.h"
#include "server/store/attempts.h"

namespace pawl {
namespace {

struct Running {
  BudgetView windows;  // each once
  std::vector<RunningHold> newest_first;
};

void add_windows(const BudgetView& view, BudgetView& windows) {
  for (const Balance& window : view) {
    const bool known = std::ranges::find(windows, window.id, &Balance::id) != windows.end();
    if (window.id != WindowId() && !known) windows.push_back(window);
  }
}

Result<void> add_job(Reader& reader, const Spending& spending, JobId job, Running& running) {
  TRY(const BudgetView view, shared_view(reader, spending));
  add_windows(view, running.windows);
  TRY(const auto reservation, open_reservation(reader, job));
  if (!reservation) return {};
  TRY(const auto lines, reserved_lines(reader, reservation->id));
  RunningHold hold{.job = job, .parts = {}};
  for (const Line& line : lines) hold.parts.push_back({line.window, line.amount});
  running.newest_first.push_back(std::move(hold));
  return {};
}

Result<Running> read_running(World& world, Reader& reader) {
  TRY(auto attempts, live_attempts(reader));
  std::ranges::sort(attempts, std::ranges::greater(), &AttemptRow::claimed);
  Running running;
  for (const AttemptRow& attempt : attempts) {
    TRY(const JobRow job, find_job(reader, attempt.job));
    if (job.state == JobState::kCancelling) continue;  // its money comes back
    TRY(const Project project, find_project(reader, job.project));
    TRY(const Payer payer, payer_of(reader, job, project));
    TRY(const auto rules, rules_of(world, project));
    const Spending spending{rules->policy, payer, world.time.now(), attempt.worst_case};
    CHECK_OK(add_job(reader, spending, job.id, running));
  }
  return running;
}

}  // namespace

Result<void> end_cut_work(World& world) {
  const auto rules = world.rules.rules();
  const Policy& policy = rules->policy;
  if (policy.on_cut.value != OnCut::kKill || policy.mode.value == Mode::kWarn) return {};
  TRY(const auto ended, world.store.write([&](Transaction& tx) -> Result<std::vector<JobId>> {
    TRY(const Running running, read_running(world, tx));
    const auto jobs = to_end(running.windows, running.newest_first);
    for (const JobId id : jobs) {
      TRY(const JobRow job, find_job(tx, id));
      CHECK_OK(cancel_one(
          tx, job,
          "a human lowered a cap under it, and on_cut is \"kill\" (" + policy.on_cut.source + ")"));
    }
    return jobs;
  }));
  if (ended.empty()) return {};
  world.cancels_asked = true;
  world.bell.ring();
  return {};
}

}  // namespace pawl
