// The bodies of MCP's answers, as JSON text, in the form of the request's era. For .cpp files only.
#pragma once
#include <string>
#include <string_view>

#include "server/protocol/era.h"
#include "tools/reply.h"

namespace pawl {

std::string initialize_result(std::string_view requested_version, std::string_view server_version);
std::string discover_result(std::string_view server_version);
std::string tools_list_result(Era era, std::string_view server_version);
std::string tool_result(Era era, std::string_view server_version, const Rendered& rendered);

}  // namespace pawl
