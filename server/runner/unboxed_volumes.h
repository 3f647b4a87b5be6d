// Volumes where there is no bubblewrap: nothing can be mounted, so a volume is either at its place
// already, or a link inside the checkout leads to it. Nothing keeps the job from writing to it;
// `doctor` says so.
#pragma once
#include <filesystem>
#include <vector>

#include "server/core/result.h"
#include "server/sandbox/box.h"

namespace pawl {

// kEngine where a volume's place is outside of the checkout and not where the volume lies.
Result<void> link_volumes(const std::vector<Volume>& volumes, const std::filesystem::path& work);

}  // namespace pawl
