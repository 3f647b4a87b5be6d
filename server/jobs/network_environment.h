// Which of the server's own variables reach the build of an environment: proxies, certificates and
// package indexes. They may hold passwords, so nothing else ever sees them.
#pragma once
#include <string>
#include <vector>

namespace pawl {

// Of a list that ends with null, as the system's environ does.
std::vector<std::string> network_environment(const char* const* variables);

}  // namespace pawl
