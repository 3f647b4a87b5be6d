#include "server/transport/http_gate.h"

#include <algorithm>

namespace pawl {
namespace {

constexpr std::string_view kScheme = "Bearer ";

std::unexpected<HttpRefusal> refuse(int status, std::string why, std::string headers = {}) {
  return std::unexpected(HttpRefusal{status, std::move(why), std::move(headers)});
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "127.0.0.1", "localhost:7723", "[::1]:7723": names that no other machine answers to.
bool is_this_machine(std::string_view host) {
  for (const std::string_view name : {"127.0.0.1", "localhost", "[::1]"}) {
    if (!host.starts_with(name)) continue;
    const std::string_view rest = host.substr(name.size());
    if (rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)))) return true;
  }
  return false;
}

bool is_own_origin(std::string_view origin) {
  constexpr std::string_view kHttp = "http://";
  return origin.starts_with(kHttp) && is_this_machine(origin.substr(kHttp.size()));
}

std::unexpected<HttpRefusal> ask_for_token(const RequestHead& head, const std::string& why,
                                           const std::string& error) {
  const std::string url = resource_url(head);
  const std::string metadata = url.substr(0, url.size() - std::string_view(kMcpPath).size());
  return refuse(401, why,
                "WWW-Authenticate: Bearer realm=\"pawl\"" + error + ", resource_metadata=\"" +
                    metadata + kMetadataPath + "\"\r\n");
}

std::expected<void, HttpRefusal> check_types(const RequestHead& head) {
  const auto type = head.find("content-type");
  if (!type || !lists(*type, "application/json")) {
    return refuse(415, "content-type must be application/json");
  }
  return {};
}

bool accepts(const RequestHead& head, std::string_view type) {
  return std::ranges::any_of(head.headers, [&](const auto& header) {
    return header.first == "accept" && lists(header.second, type);
  });
}

std::expected<void, HttpRefusal> authenticate(const RequestHead& head, Service& service,
                                              Admitted& admitted) {
  const auto given = head.find("authorization");
  if (!given)
    return ask_for_token(head, "a token is needed; `pawl token create NAME` makes one", "");
  if (!given->starts_with(kScheme)) {
    return ask_for_token(head, "authorization must be Bearer and a token", "");
  }
  admitted.token = given->substr(kScheme.size());
  auto caller = service.caller_of(admitted.token);
  if (!caller && caller.error().kind != ErrorKind::kDenied) {
    return refuse(503, caller.error().message);
  }
  if (!caller) return ask_for_token(head, caller.error().message, ", error=\"invalid_token\"");
  admitted.caller = *std::move(caller);
  return {};
}

}  // namespace

std::expected<Admitted, HttpRefusal> admit(const RequestHead& head, Service& service) {
  const auto host = head.find("host");
  if (!host || !is_this_machine(*host)) return refuse(403, "this host is not served here");
  const auto origin = head.find("origin");
  if (origin && !is_own_origin(*origin)) return refuse(403, "this origin may not come in");
  Admitted admitted;
  admitted.metadata =
      head.path == kMetadataPath || head.path == std::string(kMetadataPath) + kMcpPath;
  if (admitted.metadata) {
    if (head.method != "GET") return refuse(405, "only GET", "Allow: GET\r\n");
    return admitted;
  }
  if (head.path != kMcpPath) return refuse(404, "MCP is at /mcp");
  if (head.method != "POST")
    return refuse(405, "only POST: nothing is kept here", "Allow: POST\r\n");
  const auto types = check_types(head);
  if (!types) return std::unexpected(types.error());
  admitted.streams = accepts(head, "text/event-stream");
  const auto known = authenticate(head, service, admitted);
  if (!known) return std::unexpected(known.error());
  return admitted;
}

std::string resource_url(const RequestHead& head) {
  return "http://" + head.find("host").value_or("127.0.0.1") + kMcpPath;
}

}  // namespace pawl
