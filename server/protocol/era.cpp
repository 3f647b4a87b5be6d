#include "server/protocol/era.h"

namespace pawl {
namespace {

constexpr const char* kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

std::unexpected<RpcError> refuse(int code, std::string message, Json data = nullptr) {
  return std::unexpected(RpcError{code, std::move(message), std::move(data)});
}

}  // namespace

std::expected<Era, RpcError> era_of(const Message& message) {
  const auto meta = message.params.find("_meta");
  if (meta == message.params.end()) return Era::kLegacy;
  if (!meta->is_object()) return refuse(kInvalidParams, "_meta must be an object");
  const auto version = meta->find(kVersionKey);
  if (version == meta->end()) return Era::kLegacy;
  if (!version->is_string()) {
    return refuse(kInvalidParams, std::string("_meta: ") + kVersionKey + " must be a string");
  }
  if (*version != kModernVersion) {
    return refuse(kUnsupportedVersion, "unsupported protocol version",
                  {{"supported", {kModernVersion}}, {"requested", *version}});
  }
  if (!meta->contains(kCapabilitiesKey) || !meta->at(kCapabilitiesKey).is_object()) {
    return refuse(kInvalidParams, std::string("_meta: ") + kCapabilitiesKey + " must be an object");
  }
  return Era::kModern;
}

}  // namespace pawl
