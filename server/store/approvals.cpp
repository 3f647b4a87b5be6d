#include "server/store/approvals.h"

#include <fmt/format.h>

#include <array>

#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kStates = {"open", "approved", "denied", "expired", "withdrawn"};
static_assert(kStates.size() == static_cast<std::size_t>(ApprovalState::kWithdrawn) + 1);

#define APPROVAL_COLUMNS                                                              \
  "a.id, a.project, a.principal, a.agent, a.stage, a.request_hash, a.amount, a.why, " \
  "a.stop_loss, a.expires_at, a.state, a.created_at, a.decided_at, a.decided_by, a.answer"

ApprovalRow approval_from(sql::Row& row) {
  ApprovalRow approval;
  approval.id = row.take<ApprovalId>();
  approval.project = row.take<ProjectId>();
  approval.principal = row.take<std::string>();
  approval.agent = row.take<std::string>();
  approval.stage = row.take<std::string>();
  approval.request_hash = row.take<std::string>();
  approval.amount = row.take<Money>();
  approval.why = row.take<std::string>();
  approval.stop_loss = row.take<std::string>();
  approval.expires = row.take<Timestamp>();
  approval.state = row.take_word<ApprovalState>(kStates);
  approval.created = row.take<Timestamp>();
  approval.decided = row.take<std::optional<Timestamp>>();
  approval.decided_by = row.take<std::string>();
  approval.answer = row.take<std::string>();
  return approval;
}

}  // namespace

std::string_view name_of(ApprovalState state) { return sql::word(kStates, state); }

Result<ApprovalId> open_approval(Transaction& transaction, const NewApproval& approval,
                                 std::span<const JobId> jobs) {
  TRY(const auto id,
      sql::insert(transaction,
                  "INSERT INTO approval(project, principal, agent, stage, request_hash, amount,"
                  " why, stop_loss, expires_at, state, created_at, decided_by, answer)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, '', '')",
                  approval.project, approval.principal, approval.agent, approval.stage,
                  approval.request_hash, approval.amount, approval.why, approval.stop_loss,
                  approval.expires, transaction.now()));
  for (const JobId job : jobs) {
    CHECK_OK(sql::change(transaction, "INSERT INTO approval_job VALUES (?, ?)", job, id));
  }
  return ApprovalId{id};
}

Result<ApprovalRow> find_approval(Reader& reader, ApprovalId id) {
  TRY(auto found, sql::one(reader, "SELECT " APPROVAL_COLUMNS " FROM approval AS a WHERE a.id = ?",
                           approval_from, id));
  if (found) return *std::move(found);
  return fail(ErrorKind::kNotFound, fmt::format("there is no approval a{}", id.value),
              "`pawl approvals` lists what is open.");
}

Result<std::vector<ApprovalRow>> open_approvals(Reader& reader, std::optional<ProjectId> project) {
  return sql::all(reader,
                  "SELECT " APPROVAL_COLUMNS
                  " FROM approval AS a WHERE a.state = 'open' AND (?1 IS NULL OR a.project = ?1)"
                  " ORDER BY a.id",
                  approval_from, project);
}

Result<std::optional<ApprovalRow>> approval_of(Reader& reader, JobId job) {
  return sql::one(reader,
                  "SELECT " APPROVAL_COLUMNS
                  " FROM approval_job AS j JOIN approval AS a ON a.id = j.approval WHERE j.job = ?",
                  approval_from, job);
}

Result<std::vector<JobId>> jobs_of(Reader& reader, ApprovalId id) {
  return sql::all(
      reader, "SELECT job FROM approval_job WHERE approval = ? ORDER BY job",
      [](sql::Row& row) { return row.take<JobId>(); }, id);
}

Result<void> answer_approval(Transaction& transaction, const HumanAnswer& given) {
  TRY(const auto changed,
      sql::change(transaction,
                  "UPDATE approval SET state = ?, decided_at = ?, decided_by = ?, answer = ?"
                  " WHERE id = ? AND state = 'open'",
                  name_of(given.state), transaction.now(), given.by, given.why, given.approval));
  if (changed == 1) return {};
  TRY(const ApprovalRow found, find_approval(transaction, given.approval));
  return fail(ErrorKind::kConflict,
              fmt::format("a{} is {} already, and an answer counts once", found.id.value,
                          name_of(found.state)),
              "What is asked again gets an approval of its own.");
}

Result<void> withdraw_empty_approvals(Transaction& transaction) {
  CHECK_OK(sql::change(transaction,
                       "UPDATE approval SET state = 'withdrawn', decided_at = ?"
                       " WHERE state = 'open' AND NOT EXISTS (SELECT 1 FROM approval_job AS j"
                       "  JOIN job ON job.id = j.job WHERE j.approval = approval.id"
                       "  AND job.state = 'held')",
                       transaction.now()));
  return {};
}

Result<std::optional<Timestamp>> last_approved(Reader& reader, ProjectId project,
                                               const std::string& stop_loss) {
  return sql::value<Timestamp>(reader,
                               "SELECT decided_at FROM approval WHERE project = ?"
                               " AND stop_loss = ? AND state = 'approved'"
                               " ORDER BY decided_at DESC LIMIT 1",
                               project, stop_loss);
}

}  // namespace pawl
