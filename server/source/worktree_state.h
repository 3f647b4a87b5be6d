// What `pawl init` must know of a user's repository before anything of it is registered. Reads
// only.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "server/core/result.h"

namespace pawl {

struct WorktreeState {
  std::filesystem::path root;            // the top level, links resolved
  std::string head;                      // 40 digits
  std::optional<std::string> committed;  // the file's text at HEAD; absent: HEAD has no such file
};

// `file` lies at the top of the repository that `directory` (absolute) is in. NOT_FOUND: in none;
// INVALID: one without a working tree, or without a commit.
Result<WorktreeState> look_at_worktree(const std::filesystem::path& directory,
                                       const std::string& file);

}  // namespace pawl
