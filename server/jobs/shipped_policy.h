// The policy that a fresh machine starts with: the files of policies/ as they were when this was
// built.
#pragma once
#include <vector>

#include "server/policy/diagnostic.h"

namespace pawl {

std::vector<SourceText> shipped_policy();  // named "default.toml" and "pools.toml"

}  // namespace pawl
