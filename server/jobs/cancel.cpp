#include "server/jobs/cancel.h"

#include "server/jobs/find.h"
#include "server/jobs/lines.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/records/sanitize.h"
#include "server/store/approvals.h"
#include "server/store/ledger.h"

namespace pawl {
namespace {

Result<Money> held_money(Reader& reader, JobId job) {
  TRY(const auto reservation, open_reservation(reader, job));
  if (!reservation) return Money();
  TRY(const auto lines, reserved_lines(reader, reservation->id));
  return lines.empty() ? Money() : lines.front().amount.money;
}

}  // namespace

Result<Money> cancel_one(Transaction& transaction, const JobRow& job, const std::string& why) {
  if (is_final(job.state) || job.state == JobState::kCancelling) return Money();
  CHECK_OK(transition(transaction, {.job = job.id,
                                    .from = job.state,
                                    .event = JobEvent::kCancelAsked,
                                    .attempt = job.attempts,
                                    .reason = Reason::kCancelled,
                                    .detail = why}));
  if (is_live(job.state)) return Money();
  TRY(const Money held, held_money(transaction, job.id));
  TRY(const auto reservation, open_reservation(transaction, job.id));
  if (reservation) CHECK_OK(release(transaction, job.id));
  return held;
}

Result<CancelReply> Service::cancel(const Caller& caller, const std::vector<std::string>& targets,
                                    const std::string& why) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  const std::string reason = "cancelled by " + clean_line(caller.agent + ": " + why, 200);
  TRY(CancelReply reply, world_.store.write([&](Transaction& transaction) -> Result<CancelReply> {
    CancelReply answer;
    TRY(const auto jobs, find_targets(transaction, project.id, targets));
    TRY(const Yardstick measure, yardstick(world_, transaction, project));
    for (const JobRow& job : jobs) {
      TRY(const Money released, cancel_one(transaction, job, reason));
      answer.released += released;
      TRY(const JobRow now, find_job(transaction, job.id));
      TRY(JobLine line, line_of(world_, transaction, now, measure));
      answer.jobs.push_back(std::move(line));
    }
    CHECK_OK(withdraw_empty_approvals(transaction));
    return answer;
  }));
  world_.cancels_asked = true;
  world_.bell.ring();  // the scheduler asks the keepers to stop
  return reply;
}

}  // namespace pawl
