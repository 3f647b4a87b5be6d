// The file `shallow` of a bare repository: commits whose parents are left out on purpose.
#pragma once
#include <filesystem>
#include <string>

#include "server/core/result.h"

namespace pawl::git {

// Adds a commit id. Safe against other threads and processes that add at the same time.
Result<void> add_shallow(const std::filesystem::path& bare, const std::string& commit);

}  // namespace pawl::git
