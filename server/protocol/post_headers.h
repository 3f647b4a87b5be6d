// The headers that MCP puts beside a message sent by HTTP, so that others on the way can route
// without reading it. They must say what the message says. For .cpp files only.
#pragma once
#include <expected>

#include "server/protocol/era.h"
#include "server/protocol/post.h"

namespace pawl {

// The era of a message and of its MCP-Protocol-Version, which must agree.
std::expected<Era, RpcError> era_of_post(const Message& message, const PostHeaders& headers);

// Mcp-Method and Mcp-Name of a modern request against its body.
std::expected<void, RpcError> check_headers(const Message& message, const PostHeaders& headers);

}  // namespace pawl
