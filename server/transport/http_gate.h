// Who may come in by HTTP, decided from a request's head alone, before its body is read.
#pragma once
#include <expected>
#include <string>

#include "server/jobs/service.h"
#include "server/transport/http_head.h"

namespace pawl {

inline constexpr const char* kMcpPath = "/mcp";
inline constexpr const char* kMetadataPath = "/.well-known/oauth-protected-resource";

struct Admitted {
  bool metadata = false;  // asks for the metadata, which needs no token
  bool streams = false;   // takes server-sent events
  std::string token{};
  Caller caller{};
};

// In this order: the host and origin (a page of another site may not speak to us by rebinding a
// name), path, method, types, token.
std::expected<Admitted, HttpRefusal> admit(const RequestHead& head, Service& service);

// "http://127.0.0.1:7723/mcp", as this client reached us.
std::string resource_url(const RequestHead& head);

}  // namespace pawl
