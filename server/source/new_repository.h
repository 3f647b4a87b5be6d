// A repository that pawl makes itself, for a simulation: nothing of a user's is touched.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "server/core/result.h"

namespace pawl {

// Writes the files (path -> text, without folders in the path) into `folder`, which must be there,
// and commits them as the first commit of a new repository. The same files give the same commit.
Result<void> make_repository(const std::filesystem::path& folder,
                             const std::map<std::string, std::string>& files);

}  // namespace pawl
