#include "server/protocol/tool_call.h"

#include "server/core/text.h"
#include "server/protocol/progress.h"
#include "server/protocol/results.h"

namespace pawl {
namespace {

// Absent or null where the client sent none; a token is a string or a number, 0 included.
Json progress_token(const Json& params) {
  const auto meta = params.find("_meta");
  if (meta == params.end() || !meta->is_object() || !meta->contains("progressToken"))
    return nullptr;
  const Json& token = meta->at("progressToken");
  return token.is_string() || token.is_number_integer() ? token : Json(nullptr);
}

}  // namespace

std::expected<ToolCall, RpcError> read_tool_call(const std::vector<Tool>& tools, Message message,
                                                 Era era) {
  const auto named = message.params.find("name");
  if (named == message.params.end() || !named->is_string()) {
    return std::unexpected(RpcError{kInvalidParams, "name must be a string"});
  }
  const auto& name = named->get_ref<const std::string&>();
  ToolCall call{.id = *message.id, .tool = find_tool(tools, name), .era = era};
  if (call.tool == nullptr) {
    return std::unexpected(
        RpcError{kInvalidParams, "unknown tool \"" + name.substr(0, 80) + "\"." +
                                     did_you_mean(name.substr(0, 80), tool_names(tools))});
  }
  call.progress_token = progress_token(message.params);
  const auto arguments = message.params.find("arguments");
  const bool given = arguments != message.params.end() && !arguments->is_null();
  call.arguments = given ? std::move(*arguments) : Json::object();
  return call;
}

Rendered run_tool(const Backend& backend, const Caller& caller, const ToolCall& call,
                  std::stop_token stop, const std::function<void(std::string_view)>& notify) {
  ProgressNotes notes(call.progress_token);
  const auto progress = [&](WaitProgress now) {
    if (!call.progress_token.is_null()) notify(notes.line(now));
  };
  // The last line of defence: a library below may throw where nobody expected it, and one request
  // must not take the others with it.
  try {
    return call.tool->run({backend.service, backend.clock, caller, std::move(stop), progress},
                          call.arguments);
  } catch (const std::exception& error) {
    return render(Error{ErrorKind::kInternal, std::string("unexpected: ") + error.what(),
                        "Report it with the server's log; other calls still work."});
  }
}

std::string answer_line(const ToolCall& call, const Rendered& rendered,
                        std::string_view server_version) {
  return result_line(call.id, tool_result(call.era, server_version, rendered));
}

Rendered too_busy(std::size_t calls) {
  return render(Error{ErrorKind::kEngine,
                      "could not start: " + std::to_string(calls) + " calls are running already",
                      "Wait for one of them, or cancel a wait_jobs, then try again."});
}

}  // namespace pawl
