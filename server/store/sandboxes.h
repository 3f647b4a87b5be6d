// What is known of a sandbox beside its job, which insert_job() makes it with.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/store/jobs.h"

namespace pawl {

struct SandboxRow {
  JobId job;
  std::int32_t number = 0;   // sb1, sb2, ... in its project
  Milliseconds longest{0};   // from open to close
  Milliseconds used{0};      // until when its agent used it, from the claim of its attempt on
  std::string ending, kept;  // why no further slice is granted; the commit of what was kept
};

Result<SandboxRow> find_sandbox(Reader& reader, JobId job);  // NOT_FOUND
Result<std::optional<JobRow>> find_sandbox_job(Reader& reader, ProjectId project,
                                               std::int32_t number);

// Held, queued or live: oldest first. Of one project, or of all.
Result<std::vector<JobRow>> open_sandboxes(Reader& reader, std::optional<ProjectId> project);

Result<void> note_use(Transaction& transaction, JobId job, Milliseconds used);  // never goes back
Result<void> note_ending(Transaction& transaction, JobId job, const std::string& ending);
Result<void> note_kept(Transaction& transaction, JobId job, const std::string& commit);

}  // namespace pawl
