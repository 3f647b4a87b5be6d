// The two files of a first policy, each key with a comment.
#pragma once
#include <string>
#include <vector>

#include "server/setup/machine_policy.h"

namespace pawl {

std::string default_text(const std::vector<MachinePart>& parts, const PolicyChoices& choices);
std::string pools_text(const std::vector<MachinePart>& parts, const PolicyChoices& choices);

}  // namespace pawl
