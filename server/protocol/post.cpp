#include "server/protocol/post.h"

#include "server/protocol/methods.h"
#include "server/protocol/post_headers.h"
#include "server/protocol/tool_call.h"

namespace pawl {
namespace {

constexpr int kOk = 200;
constexpr int kAccepted = 202;
constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;

PostAnswer refused(int status, const Json& id, const RpcError& error) {
  return {status, error_line(id, error)};
}

// Legacy clients read only the body; modern ones learn from the status that nobody took the
// request up.
int status_of(const RpcError& error, Era era) {
  if (era == Era::kLegacy) return kOk;
  return error.code == kMethodNotFound ? kNotFound : kOk;
}

// Modern: what is wrong with a request before somebody takes it up, in the order of the
// specification.
std::expected<void, RpcError> check_request(const Message& message, const PostHeaders& headers) {
  if (!knows_method(message.method, Era::kModern)) {
    return std::unexpected(
        RpcError{kMethodNotFound, "method not found: " + message.method.substr(0, 80)});
  }
  return check_headers(message, headers);
}

LongCall long_call(const Backend& backend, const Caller& caller, ToolCall call) {
  const auto answer = [version = backend.version](const ToolCall& done, const Rendered& rendered) {
    return answer_line(done, rendered, version);
  };
  return {.ends_with_client = call.era == Era::kModern,
          .run =
              [backend, caller, call, answer](std::stop_token stop, const auto& notify) {
                return answer(call, run_tool(backend, caller, call, std::move(stop), notify));
              },
          .refuse = [call, answer](std::size_t calls) { return answer(call, too_busy(calls)); }};
}

std::variant<PostAnswer, LongCall> call_tool(const Backend& backend, const Caller& caller,
                                             const std::vector<Tool>& tools, Message message,
                                             Era era) {
  const Json id = *message.id;
  auto call = read_tool_call(tools, std::move(message), era);
  if (!call) return refused(status_of(call.error(), era), id, call.error());
  if (!call->tool->head.quick) return long_call(backend, caller, *std::move(call));
  const Rendered rendered = run_tool(backend, caller, *call, {}, [](std::string_view) {});
  return PostAnswer{kOk, answer_line(*call, rendered, backend.version)};
}

}  // namespace

std::variant<PostAnswer, LongCall> receive_post(const Backend& backend, const Caller& caller,
                                                const PostHeaders& headers, std::string_view body) {
  auto message = read_message(body);
  if (!message) return refused(kBadRequest, message.error().id, message.error().error);
  if (!message->id) return PostAnswer{kAccepted};  // a notification, or an answer to nothing
  // The command line's own call, which is no part of MCP: of an admin's token only.
  if (message->method == "pawl/operator" && !caller.secret.empty()) {
    return call_tool(backend, caller, operator_tools(), *std::move(message), Era::kLegacy);
  }
  const Json id = *message->id;
  const auto era = era_of_post(*message, headers);
  if (!era) return refused(kBadRequest, id, era.error());
  if (*era == Era::kModern) {
    const auto checked = check_request(*message, headers);
    if (!checked) {
      const bool unknown = checked.error().code == kMethodNotFound;
      return refused(unknown ? kNotFound : kBadRequest, id, checked.error());
    }
  }
  if (message->method == "tools/call") {
    return call_tool(backend, caller, catalogue(), *std::move(message), *era);
  }
  const auto answer = answer_method(*message, *era, backend.version);
  if (!answer) return refused(status_of(answer.error(), *era), id, answer.error());
  return PostAnswer{kOk, result_line(id, *answer)};
}

std::string protected_resource_metadata(std::string_view resource_url) {
  return to_text({{"resource", resource_url},
                  {"resource_name", "pawl"},
                  {"bearer_methods_supported", {"header"}}}) +
         "\n";
}

}  // namespace pawl
