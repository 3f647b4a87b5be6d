// JSON-RPC 2.0 as lines: reading one message, and writing each kind of answer. For .cpp files only.
// Spec: https://www.jsonrpc.org/specification, narrowed by MCP: ids are strings or integers, params
// are objects, batches are gone.
#pragma once
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tools/json.h"

namespace pawl {

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kHeaderMismatch = -32020;      // MCP 2026-07-28
inline constexpr int kUnsupportedVersion = -32022;  // the same

struct RpcError {
  int code = kInternalError;
  std::string message;
  Json data{};  // null: none
};

struct Message {
  std::optional<Json> id{};  // absent: a notification
  std::string method{};      // empty: an answer, which nobody waits for
  Json params = Json::object();
};

struct Refusal {
  Json id;  // null where none could be read
  RpcError error;
};

std::expected<Message, Refusal> read_message(std::string_view line);

std::string result_line(const Json& id, std::string_view result);  // `result`: a JSON object's text
std::string error_line(const Json& id, const RpcError& error);
std::string notification_line(std::string_view method, const Json& params);

}  // namespace pawl
