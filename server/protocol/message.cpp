#include "server/protocol/message.h"

namespace pawl {
namespace {

bool is_id(const Json& json) { return json.is_string() || json.is_number_integer(); }

Json id_of(const Json& message) {
  const auto found = message.find("id");
  return found != message.end() && is_id(*found) ? *found : Json(nullptr);
}

std::unexpected<Refusal> refuse(Json id, int code, std::string message) {
  return std::unexpected(Refusal{std::move(id), {code, std::move(message)}});
}

bool is_answer(const Json& message) {
  return !message.contains("method") && (message.contains("result") || message.contains("error"));
}

}  // namespace

std::expected<Message, Refusal> read_message(std::string_view line) {
  auto parsed = parse_json(line);
  if (!parsed) return refuse(nullptr, kParseError, "parse error: " + parsed.error().message);
  Json& json = *parsed;
  if (json.is_array()) return refuse(nullptr, kInvalidRequest, "batches are not supported");
  if (!json.is_object()) return refuse(nullptr, kInvalidRequest, "a message is a JSON object");
  const Json id = id_of(json);
  if (!json.contains("jsonrpc") || json["jsonrpc"] != "2.0") {
    return refuse(id, kInvalidRequest, "jsonrpc must be \"2.0\"");
  }
  if (is_answer(json)) return Message{};
  if (!json.contains("method") || !json["method"].is_string()) {
    return refuse(id, kInvalidRequest, "method must be a string");
  }
  if (json.contains("id") && id.is_null()) {
    return refuse(nullptr, kInvalidRequest, "id must be a string or an integer");
  }
  Message message{.method = json["method"].get<std::string>()};
  if (!id.is_null()) message.id = id;
  if (json.contains("params")) message.params = std::move(json["params"]);
  if (!message.params.is_object()) return refuse(id, kInvalidParams, "params must be an object");
  return message;
}

std::string result_line(const Json& id, std::string_view result) {
  std::string line = R"({"jsonrpc":"2.0","id":)" + to_text(id) + R"(,"result":)";
  line += result;
  return line + "}\n";
}

std::string error_line(const Json& id, const RpcError& error) {
  Json body = {{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  return to_text({{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(body)}}) + "\n";
}

std::string notification_line(std::string_view method, const Json& params) {
  return to_text({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}) + "\n";
}

}  // namespace pawl
