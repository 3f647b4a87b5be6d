#include "server/protocol/post_headers.h"

#include <algorithm>

#include "server/core/base64.h"

namespace pawl {
namespace {

constexpr const char* kVersionPointer = "/_meta/io.modelcontextprotocol~1protocolVersion";
constexpr std::string_view kEncodedBegin = "=?base64?";
constexpr std::string_view kEncodedEnd = "?=";

std::unexpected<RpcError> refuse(int code, std::string message, Json data = nullptr) {
  return std::unexpected(RpcError{code, std::move(message), std::move(data)});
}

// Values that a header cannot carry as they are come encoded.
std::optional<std::string> decoded(const std::string& value) {
  if (!value.starts_with(kEncodedBegin)) return value;
  if (!value.ends_with(kEncodedEnd) || value.size() < kEncodedBegin.size() + kEncodedEnd.size())
    return std::nullopt;
  return decode_base64(std::string_view(value).substr(
      kEncodedBegin.size(), value.size() - kEncodedBegin.size() - kEncodedEnd.size()));
}

std::expected<void, RpcError> must_equal(const char* header,
                                         const std::optional<std::string>& value,
                                         const std::string& body) {
  if (!value) return refuse(kHeaderMismatch, std::string(header) + " is missing");
  if (decoded(*value) == body) return {};
  return refuse(kHeaderMismatch, std::string(header) + " is \"" + value->substr(0, 80) +
                                     "\", but the body says \"" + body.substr(0, 80) + "\"");
}

// The member of params that Mcp-Name repeats; nullptr: the method has none.
const char* named_by(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  return method.starts_with("tasks/") ? "taskId" : nullptr;
}

// A message without a version of its own: legacy, unless its header claims another era.
std::expected<Era, RpcError> era_without_envelope(const PostHeaders& headers) {
  if (!headers.version ||
      std::ranges::find(kLegacyVersions, *headers.version) != kLegacyVersions.end())
    return Era::kLegacy;
  if (*headers.version == kModernVersion) {
    return refuse(kInvalidParams,
                  "_meta: io.modelcontextprotocol/protocolVersion must be a string");
  }
  Json supported = {kModernVersion};
  for (const std::string_view version : kLegacyVersions) supported.push_back(version);
  return refuse(kUnsupportedVersion, "unsupported protocol version",
                {{"supported", std::move(supported)}, {"requested", *headers.version}});
}

}  // namespace

std::expected<Era, RpcError> era_of_post(const Message& message, const PostHeaders& headers) {
  const Json::json_pointer place(kVersionPointer);
  if (!message.params.contains(place)) {
    const auto era = era_of(message);  // a _meta that is no object is nobody's
    return era ? era_without_envelope(headers) : era;
  }
  if (const Json& version = message.params.at(place); version.is_string()) {
    const auto equal =
        must_equal("MCP-Protocol-Version", headers.version, version.get<std::string>());
    if (!equal) return std::unexpected(equal.error());
  }
  return era_of(message);
}

std::expected<void, RpcError> check_headers(const Message& message, const PostHeaders& headers) {
  const auto method = must_equal("Mcp-Method", headers.method, message.method);
  if (!method) return method;
  const char* const key = named_by(message.method);
  if (key == nullptr) return {};
  const auto name = message.params.find(key);
  if (name == message.params.end() || !name->is_string()) {
    return refuse(kInvalidParams, std::string(key) + " must be a string");
  }
  return must_equal("Mcp-Name", headers.name, name->get_ref<const std::string&>());
}

}  // namespace pawl
