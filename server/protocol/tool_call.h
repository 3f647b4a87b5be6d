// One tools/call, read and run; whoever received it decides where it runs and how it is answered.
// For .cpp files only.
#pragma once
#include <expected>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "server/protocol/era.h"
#include "server/protocol/session.h"
#include "tools/catalogue.h"

namespace pawl {

struct ToolCall {
  Json id;
  const Tool* tool = nullptr;
  Era era{};
  Json arguments{}, progress_token{};  // a null token: the client wants no progress
};

// Refuses an unknown tool: "did you mean".
std::expected<ToolCall, RpcError> read_tool_call(const std::vector<Tool>& tools, Message message,
                                                 Era era);

// Calls `notify` with the line of each notification, from this thread. Never throws.
Rendered run_tool(const Backend& backend, const Caller& caller, const ToolCall& call,
                  std::stop_token stop, const std::function<void(std::string_view line)>& notify);

// The line that answers the call.
std::string answer_line(const ToolCall& call, const Rendered& rendered,
                        std::string_view server_version);

Rendered too_busy(std::size_t calls);  // that run already

}  // namespace pawl
