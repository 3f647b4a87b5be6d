// What a reader of any overview should know about the whole server, in full sentences.
#pragma once
#include <string>
#include <vector>

#include "server/jobs/world.h"

namespace pawl {

std::vector<std::string> notices(const World& world);

}  // namespace pawl
