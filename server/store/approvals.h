// Questions that wait for a human: what an agent asked for, bound to the hash of what it asked,
// answered once, or never once `expires` has passed (L12). The jobs are held meanwhile.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

using ApprovalId = Id<struct ApprovalTag>;  // 4 is "a4": counted in the whole state directory

enum class ApprovalState : std::uint8_t {
  kOpen,
  kApproved,
  kDenied,
  kExpired,
  kWithdrawn,  // every job of it was cancelled
};
std::string_view name_of(ApprovalState state);

struct NewApproval {
  ProjectId project;
  std::string principal, agent, stage;
  std::string request_hash;
  Money amount;           // the worst case of all its jobs
  std::string why;        // the rule that asks, with its place
  std::string stop_loss;  // its name, where a stop-loss asks; else empty
  Timestamp expires{};
};

struct ApprovalRow : NewApproval {
  ApprovalId id;
  ApprovalState state = ApprovalState::kOpen;
  Timestamp created{};
  std::optional<Timestamp> decided;
  std::string decided_by, answer;  // who, and what they wrote
};

// The jobs are held ones.
Result<ApprovalId> open_approval(Transaction& transaction, const NewApproval& approval,
                                 std::span<const JobId> jobs);

Result<ApprovalRow> find_approval(Reader& reader, ApprovalId id);  // NOT_FOUND
Result<std::vector<ApprovalRow>> open_approvals(Reader& reader,
                                                std::optional<ProjectId> project);  // oldest first
Result<std::optional<ApprovalRow>> approval_of(Reader& reader, JobId job);
Result<std::vector<JobId>> jobs_of(Reader& reader, ApprovalId id);  // as asked

struct HumanAnswer {
  ApprovalId approval;
  ApprovalState state{};  // not kOpen
  std::string by, why;
};
// CONFLICT when it is no longer open: an answer counts once.
Result<void> answer_approval(Transaction& transaction, const HumanAnswer& given);

// Open ones none of whose jobs is held any more.
Result<void> withdraw_empty_approvals(Transaction& transaction);

// When a human last let that stop-loss of the project go on.
Result<std::optional<Timestamp>> last_approved(Reader& reader, ProjectId project,
                                               const std::string& stop_loss);

}  // namespace pawl
