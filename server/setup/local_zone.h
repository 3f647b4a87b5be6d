// The time zone that this machine's clock is set to.
#pragma once
#include <string>

namespace pawl {

std::string local_zone();  // "Europe/Rome"; "UTC" where the machine does not say

}  // namespace pawl
