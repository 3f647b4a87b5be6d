// Why a submit waits for a human, and the question that is opened for it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/policy/held.h"
#include "server/store/approvals.h"
#include "server/store/jobs.h"

namespace pawl {

struct AdmissionRequest;

struct Hold {
  std::string why;        // the rule, with its value and its place
  std::string stop_loss;  // its name, where one holds; else empty
  Milliseconds expires{0};
  Money worst;  // of everything that is held
};

// What the project's ends say about that rule at `now`.
Result<StopLossFacts> facts_of(Reader& reader, ProjectId project, const StopLossRule& rule,
                               Timestamp now);

// A stop-loss that has stopped the project, else an [[approve]] rule that a request of this worst
// case matches.
Result<std::optional<Hold>> hold_of(Reader& reader, const AdmissionRequest& request, Money worst);

// What an answer is bound to: content, stage and cost.
std::string digest_of(const std::string& stage, Money amount, const std::vector<JobRow>& jobs);

// Writes the question, and the note that tells the human of it.
Result<ApprovalId> open_question(Transaction& transaction, const AdmissionRequest& request,
                                 const Hold& hold, const std::vector<JobRow>& held);

}  // namespace pawl
