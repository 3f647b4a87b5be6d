// Handles to rows.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/store/jobs.h"
#include "server/store/transaction.h"

namespace pawl {

// Absent when the text is no handle of an existing job (it may be a revision).
Result<std::optional<JobRow>> find_job_if_handle(Reader& reader, ProjectId project,
                                                 const std::string& text);

// NOT_FOUND names the three nearest.
Result<JobRow> find_job_by_handle(Reader& reader, ProjectId project, const std::string& handle);

// "sb3"; NOT_FOUND names those that are open.
Result<JobRow> find_sandbox_by_handle(Reader& reader, ProjectId project, const std::string& handle);

std::string sandbox_handles(const std::vector<JobRow>& jobs);  // "sb1, sb3"

// Every job of each handle and round, in the order asked for, each once.
Result<std::vector<JobRow>> find_targets(Reader& reader, ProjectId project,
                                         const std::vector<std::string>& targets);

}  // namespace pawl
