// Paths inside a repository, as agents and patches name them. Pure.
#pragma once
#include <string_view>

#include "server/core/result.h"

namespace pawl {

// INVALID unless `path` is relative, at most 1,024 bytes of names of at most 255, and free of "",
// ".", "..", ".git" in any spelling that a file system takes for it, and control characters.
Result<void> check_source_path(std::string_view path);

// One name of it; also what a checkout demands of every name, for a crafted tree may hold any.
bool is_safe_name(std::string_view name);

}  // namespace pawl
