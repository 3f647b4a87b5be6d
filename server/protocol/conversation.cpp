#include "server/protocol/conversation.h"

#include "server/protocol/methods.h"

namespace pawl {
namespace {

constexpr std::size_t kCallsMax = 64;  // of one client at once

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
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
  if (is_operator_) caller_.secret = text_or_empty(params, "secret");
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
  const auto answer = answer_method(message, *era, backend_.version);
  send(answer ? result_line(*message.id, *answer) : error_line(*message.id, answer.error()));
}

void Conversation::call_tool(const std::vector<Tool>& tools, Message message, Era era) {
  const Json id = *message.id;
  auto call = read_tool_call(tools, std::move(message), era);
  if (!call) return send(error_line(id, call.error()));
  start(*std::move(call));
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
  send(answer_line(call, rendered, backend_.version));
}

void Conversation::run(const ToolCall& call) {
  const std::string id = to_text(call.id);
  const Rendered rendered = run_tool(backend_, caller_, call, calls_.token(id),
                                     [this](std::string_view line) { send(line); });
  if (calls_.close(id)) answer(call, rendered);
  calls_.leave();
}

void Conversation::send(std::string_view line) {
  const std::scoped_lock lock(sink_mutex_);
  sink_(line);
}

}  // namespace pawl
