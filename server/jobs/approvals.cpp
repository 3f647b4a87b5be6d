#include "server/jobs/approvals.h"

#include <algorithm>

#include "server/core/text.h"
#include "server/jobs/cancel.h"
#include "server/jobs/handles.h"

namespace pawl {
namespace {

Result<ApprovalLine> line_of(Reader& reader, const ApprovalRow& row) {
  TRY(const Project project, find_project(reader, row.project));
  ApprovalLine line{.handle = approval_handle(row.id.value),
                    .project = project.name,
                    .stage = row.stage,
                    .agent = row.agent,
                    .principal = row.principal,
                    .why = row.why,
                    .amount = row.amount,
                    .created = row.created,
                    .expires = row.expires};
  TRY(const auto ids, jobs_of(reader, row.id));
  for (const JobId id : ids) {
    TRY(const JobRow job, find_job(reader, id));
    if (job.state == JobState::kHeld) line.jobs.push_back(job_handle(job.number, job.title));
  }
  return line;
}

Result<void> expire(Transaction& transaction, const ApprovalRow& row) {
  const std::string why =
      approval_handle(row.id.value) + " expired: nobody answered until " + format_utc(row.expires);
  CHECK_OK(answer_approval(transaction, {row.id, ApprovalState::kExpired, "pawl", why}));
  TRY(const auto ids, jobs_of(transaction, row.id));
  for (const JobId id : ids) {
    TRY(const JobRow job, find_job(transaction, id));
    if (job.state == JobState::kHeld) CHECK_OK(cancel_one(transaction, job, why));
  }
  return {};
}

}  // namespace

Result<std::vector<ApprovalLine>> approval_lines(Reader& reader, std::optional<ProjectId> project) {
  TRY(const auto rows, open_approvals(reader, project));
  std::vector<ApprovalLine> lines;
  for (const ApprovalRow& row : rows) {
    TRY(ApprovalLine line, line_of(reader, row));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string held_detail(const ApprovalRow& approval) {
  return approval_handle(approval.id.value) + " waits for a human until " +
         format_utc(approval.expires) + ": " + approval.why;
}

Result<void> expire_approvals(World& world) {
  const Timestamp now = world.time.now();
  const auto due = [now](const ApprovalRow& row) { return row.expires <= now; };
  TRY(const auto open,
      world.store.read([](Reader& reader) { return open_approvals(reader, std::nullopt); }));
  if (std::ranges::none_of(open, due)) return {};
  CHECK_OK(world.store.write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto rows, open_approvals(transaction, std::nullopt));
    for (const ApprovalRow& row : rows) {
      if (due(row)) CHECK_OK(expire(transaction, row));
    }
    return {};
  }));
  world.bell.ring();
  return {};
}

}  // namespace pawl
