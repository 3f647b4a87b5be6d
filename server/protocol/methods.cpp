#include "server/protocol/methods.h"

#include <algorithm>

#include "server/protocol/results.h"

namespace pawl {
namespace {

using Answer = std::expected<std::string, RpcError>;

constexpr std::array<std::string_view, 8> kLogLevels = {"debug", "info",     "notice", "warning",
                                                        "error", "critical", "alert",  "emergency"};

std::unexpected<RpcError> refuse(int code, std::string message) {
  return std::unexpected(RpcError{code, std::move(message)});
}

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Answer initialize(const Message& message, Era, const std::string& server_version) {
  const std::string requested = text_or_empty(message.params, "protocolVersion");
  if (requested.empty()) return refuse(kInvalidParams, "protocolVersion must be a string");
  return initialize_result(requested, server_version);
}

Answer discover(const Message&, Era, const std::string& server_version) {
  return discover_result(server_version);
}

Answer ping(const Message&, Era, const std::string&) { return "{}"; }

// The level changes nothing: the server has no messages for clients beyond its replies.
Answer set_level(const Message& message, Era, const std::string&) {
  const std::string level = text_or_empty(message.params, "level");
  if (std::ranges::find(kLogLevels, level) == kLogLevels.end()) {
    return refuse(kInvalidParams, "level must be one of debug ... emergency");
  }
  return "{}";
}

Answer list_tools(const Message& message, Era era, const std::string& server_version) {
  if (message.params.contains("cursor")) return refuse(kInvalidParams, "there is one page only");
  return tools_list_result(era, server_version);
}

struct Method {
  std::string_view name;
  bool legacy, modern;  // the eras that have it
  Answer (*answer)(const Message&, Era, const std::string& server_version);
};

constexpr std::array kMethods = {
    Method{"initialize", true, false, initialize}, Method{"ping", true, false, ping},
    Method{"logging/setLevel", true, false, set_level},
    Method{"server/discover", false, true, discover}, Method{"tools/list", true, true, list_tools}};

const Method* find_method(std::string_view name, Era era) {
  const auto found = std::ranges::find(kMethods, name, &Method::name);
  if (found == kMethods.end()) return nullptr;
  return (era == Era::kModern ? found->modern : found->legacy) ? &*found : nullptr;
}

}  // namespace

bool knows_method(std::string_view method, Era era) {
  return method == "tools/call" || find_method(method, era) != nullptr;
}

std::expected<std::string, RpcError> answer_method(const Message& message, Era era,
                                                   const std::string& server_version) {
  const Method* const method = find_method(message.method, era);
  if (method == nullptr) {
    return refuse(kMethodNotFound, "method not found: " + message.method.substr(0, 80));
  }
  return method->answer(message, era, server_version);
}

}  // namespace pawl
