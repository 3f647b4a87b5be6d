// Does bubblewrap work here? Installed says little: containers, kernels and distributions forbid
// user namespaces in many ways. So a box is built as for a real attempt, and the keeper is run in
// it.
#pragma once
#include <filesystem>

#include "server/core/result.h"
#include "server/sandbox/box.h"

namespace pawl {

// A box as strong as this machine allows, without an attempt's paths; or why there is none.
Result<BoxSpec> probe_box(const std::filesystem::path& keeper);

}  // namespace pawl
