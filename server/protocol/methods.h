// The methods of MCP that run no tool, in both eras. For .cpp files only.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "server/protocol/era.h"

namespace pawl {

// True of a method that is answered in this era, tools/call included.
bool knows_method(std::string_view method, Era era);

// The result's JSON text.
std::expected<std::string, RpcError> answer_method(const Message& message, Era era,
                                                   const std::string& server_version);

}  // namespace pawl
