// MCP over Streamable HTTP, without the HTTP: one message comes with its headers, and is answered
// by a status and a body, or by a call that takes its time. Both eras are stateless here.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "server/protocol/session.h"

namespace pawl {

// As sent; absent where they were not.
struct PostHeaders {
  std::optional<std::string> version;  // MCP-Protocol-Version
  std::optional<std::string> method;   // Mcp-Method
  std::optional<std::string> name;     // Mcp-Name
};

struct PostAnswer {
  int status = 200;
  std::string body{};  // JSON; empty: none
};

// A call that may take long. Its functions may outlive the request, but not the backend; each gives
// or takes one message as JSON text.
struct LongCall {
  bool ends_with_client = false;  // modern: a client that closes its stream cancels
  // Runs it; `notify` gets what comes before the answer, on the same thread.
  std::function<std::string(std::stop_token, const std::function<void(std::string_view)>& notify)>
      run;
  std::function<std::string(std::size_t calls)> refuse;  // the answer when so many run already
};

// Quick calls run here. The operator's calls are not offered.
std::variant<PostAnswer, LongCall> receive_post(const Backend& backend, const Caller& caller,
                                                const PostHeaders& headers, std::string_view body);

// RFC 9728: what a client may ask before it has a token.
std::string protected_resource_metadata(std::string_view resource_url);

}  // namespace pawl
