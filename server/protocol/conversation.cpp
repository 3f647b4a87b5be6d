#include "server/protocol/conversation.h"

#include "server/core/text.h"
#include "server/protocol/progress.h"
#include "server/protocol/results.h"

namespace pawl {
namespace {

constexpr std::size_t kCallsMax = 64;  // of one client at once
constexpr std::array<std::string_view, 8> kLogLevels = {"debug", "info",     "notice", "warning",
                                                        "error", "critical", "alert",  "emergency"};

std::unexpected<RpcError> refuse(int code, std::string message) {
  return std::unexpected(RpcError{code, std::move(message)});
}

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::expected<std::string, RpcError> initialize(const Json& params, const std::string& version) {
  const std::string requested = text_or_empty(params, "protocolVersion");
  if (requested.empty()) return refuse(kInvalidParams, "protocolVersion must be a string");
  return initialize_result(requested, version);
}

// The level changes nothing: the server has no messages for clients beyond its replies.
std::expected<std::string, RpcError> set_level(const Json& params) {
  const std::string level = text_or_empty(params, "level");
  if (std::ranges::find(kLogLevels, level) == kLogLevels.end()) {
    return refuse(kInvalidParams, "level must be one of debug ... emergency");
  }
  return "{}";
}

// Absent or null where the client sent none; a token is a string or a number, 0 included.
Json progress_token(const Json& params) {
  const auto meta = params.find("_meta");
  if (meta == params.end() || !meta->is_object() || !meta->contains("progressToken"))
    return nullptr;
  const Json& token = meta->at("progressToken");
  return token.is_string() || token.is_number_integer() ? token : Json(nullptr);
}

Rendered too_busy(std::size_t calls) {
  return render(Error{ErrorKind::kEngine,
                      "could not start: " + std::to_string(calls) + " calls are running already",
                      "Wait for one of them, or cancel a wait_jobs, then try again."});
}

}  // namespace

Conversation::Conversation(const Backend& backend, Caller caller, Session::Sink sink)
    : backend_(backend), caller_(std::move(caller)), sink_(std::move(sink)), calls_(kCallsMax) {}

void Conversation::receive(std::string_view line) {
  auto message = read_message(line);
  if (!message) return send(error_line(message.error().id, message.error().error));
  if (message->method == "pawl/hello" && !message->id && !greeted_) greet(message->params);
  greeted_ = true;
  if (message->method.empty()) return;
  if (!message->id) return notified(*message);
  requested(*std::move(message));
}

void Conversation::refuse_long_line(std::size_t bytes_max) {
  greeted_ = true;
  const std::string limit = std::to_string(bytes_max);
  send(error_line(nullptr, {kInvalidRequest, "a message is longer than " + limit + " bytes"}));
}

void Conversation::finish() {
  calls_.stop_all();
  calls_.wait_until_none();
}

void Conversation::greet(const Json& params) {
  caller_.directory = text_or_empty(params, "directory");
  caller_.agent = text_or_empty(params, "agent");
  is_operator_ = text_or_empty(params, "client") == "cli";
}

void Conversation::notified(const Message& message) {
  if (message.method != "notifications/cancelled") return;
  const auto id = message.params.find("requestId");
  if (id != message.params.end()) calls_.cancel(to_text(*id));
}

void Conversation::requested(Message message) {
  const auto era = era_of(message);
  if (!era) return send(error_line(*message.id, era.error()));
  if (message.method == "tools/call") return call_tool(catalogue(), std::move(message), *era);
  if (message.method == "pawl/operator" && is_operator_) {
    return call_tool(operator_tools(), std::move(message), *era);
  }
  const Answer answer = answer_now(message, *era);
  send(answer ? result_line(*message.id, *answer) : error_line(*message.id, answer.error()));
}

Conversation::Answer Conversation::answer_now(const Message& message, Era era) {
  const std::string& method = message.method;
  if (method == "tools/list") {
    if (message.params.contains("cursor")) return refuse(kInvalidParams, "there is one page only");
    return tools_list_result(era, backend_.version);
  }
  if (era == Era::kModern) {
    if (method == "server/discover") return discover_result(backend_.version);
  } else {
    if (method == "initialize") return initialize(message.params, backend_.version);
    if (method == "ping") return "{}";
    if (method == "logging/setLevel") return set_level(message.params);
  }
  return refuse(kMethodNotFound, "method not found: " + method.substr(0, 80));
}

void Conversation::call_tool(const std::vector<Tool>& tools, Message message, Era era) {
  const std::string name = text_or_empty(message.params, "name");
  ToolCall call{.id = *message.id, .tool = find_tool(tools, name), .era = era};
  if (call.tool == nullptr) {
    const std::string why = name.empty() ? "name must be a string"
                                         : "unknown tool \"" + name.substr(0, 80) + "\"." +
                                               did_you_mean(name.substr(0, 80), tool_names(tools));
    return send(error_line(call.id, {kInvalidParams, why}));
  }
  call.progress_token = progress_token(message.params);
  const auto arguments = message.params.find("arguments");
  const bool given = arguments != message.params.end() && !arguments->is_null();
  call.arguments = given ? std::move(*arguments) : Json::object();
  start(std::move(call));
}

void Conversation::start(ToolCall call) {
  const std::string id = to_text(call.id);
  const auto refusal = calls_.begin(id);
  if (refusal == Calls::Refusal::kDuplicate) {
    return send(error_line(call.id, {kInvalidRequest, "this id is still in use"}));
  }
  if (refusal == Calls::Refusal::kTooMany) return answer(call, too_busy(kCallsMax));
  if (call.tool->head.quick) return run(call);
  if (backend_.workers.run([this, call] { run(call); })) return;  // finish() waits for it
  calls_.close(id);
  answer(call, too_busy(backend_.workers.threads()));
  calls_.leave();
}

void Conversation::answer(const ToolCall& call, const Rendered& rendered) {
  send(result_line(call.id, tool_result(call.era, backend_.version, rendered)));
}

void Conversation::run(const ToolCall& call) {
  const std::string id = to_text(call.id);
  const Rendered rendered = outcome(call, calls_.token(id));
  if (calls_.close(id)) answer(call, rendered);
  calls_.leave();
}

Rendered Conversation::outcome(const ToolCall& call, std::stop_token stop) {
  ProgressNotes notes(call.progress_token);
  const auto progress = [&](WaitProgress now) {
    if (!call.progress_token.is_null()) send(notes.line(now));
  };
  // The last line of defence: a library below may throw where nobody expected it, and one request
  // must not take the others with it.
  try {
    return call.tool->run({backend_.service, backend_.clock, caller_, std::move(stop), progress},
                          call.arguments);
  } catch (const std::exception& error) {
    return render(Error{ErrorKind::kInternal, std::string("unexpected: ") + error.what(),
                        "Report it with the server's log; other calls still work."});
  }
}

void Conversation::send(std::string_view line) {
  const std::scoped_lock lock(sink_mutex_);
  sink_(line);
}

}  // namespace pawl
