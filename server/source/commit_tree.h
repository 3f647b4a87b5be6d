// Commits that pawl makes itself. Who and when are fixed, so that equal files on an equal parent
// are the same commit: an experiment that was run before is recognised.
#pragma once
#include <string>

#include "server/source/staging.h"

namespace pawl::git {

// Kept on return. The parent itself when `tree` is its tree.
Result<Revision> commit_tree(const Staging& staging, const Revision& parent, const git_oid& tree,
                             const std::string& message);

}  // namespace pawl::git
