// Open questions as people read them, and what becomes of those that nobody answers.
#pragma once
#include <optional>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/requests.h"
#include "server/jobs/world.h"
#include "server/store/approvals.h"

namespace pawl {

// Oldest first; of one project, or of all.
Result<std::vector<ApprovalLine>> approval_lines(Reader& reader, std::optional<ProjectId> project);

// "a4 waits for a human until 2026-11-22T08:43:47Z: $27.00 of stage validate is over $25.00 (...)"
std::string held_detail(const ApprovalRow& approval);

// What was not answered in time is cancelled, with its jobs. The scheduler calls it at each look.
Result<void> expire_approvals(World& world);

}  // namespace pawl
