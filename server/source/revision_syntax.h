// What an agent may write as a revision. Pure, and far less than git allows: git's own syntax can
// read the reflog, search commit messages and name files.
#pragma once
#include <string_view>

#include "server/core/result.h"

namespace pawl {

// INVALID unless `text` is a name of at most 200 bytes from [A-Za-z0-9._/@+-] that neither starts
// with '-' nor holds "@{", ".." or "//", followed by any of ~, ~N and ^, at most 1,000 steps back.
Result<void> check_revision_text(std::string_view text);

bool is_commit_id(std::string_view text);  // 4 to 40 hex digits: perhaps a short id

}  // namespace pawl
