#include "server/protocol/results.h"

#include <algorithm>

#include "tools/catalogue.h"

namespace pawl {
namespace {

// Nothing in the catalogue changes while a server lives, but a new one may bring new tools.
constexpr int kCacheMilliseconds = 300'000;

Json server_info(std::string_view version) {
  return {{"name", "pawl"}, {"title", "pawl"}, {"version", version}};
}

// What each modern result carries beside its own fields.
void mark_modern(Json& result, std::string_view server_version) {
  result["resultType"] = "complete";
  result["_meta"]["io.modelcontextprotocol/serverInfo"] = server_info(server_version);
}

void mark_cacheable(Json& result) {
  result["ttlMs"] = kCacheMilliseconds;
  result["cacheScope"] = "public";  // the same for every client
}

}  // namespace

std::string initialize_result(std::string_view requested_version, std::string_view server_version) {
  const auto known = std::ranges::find(kLegacyVersions, requested_version);
  return to_text({{"protocolVersion", known == kLegacyVersions.end() ? kLegacyOffer : *known},
                  {"capabilities", {{"tools", Json::object()}, {"logging", Json::object()}}},
                  {"serverInfo", server_info(server_version)},
                  {"instructions", server_instructions()}});
}

std::string discover_result(std::string_view server_version) {
  Json result = {{"supportedVersions", {kModernVersion}},
                 {"capabilities", {{"tools", Json::object()}}},
                 {"instructions", server_instructions()}};
  mark_cacheable(result);
  mark_modern(result, server_version);
  return to_text(result);
}

std::string tools_list_result(Era era, std::string_view server_version) {
  Json result = {{"tools", Json::array()}};
  for (const Tool& tool : catalogue()) result["tools"].push_back(definition_of(tool));
  if (era == Era::kModern) {
    mark_cacheable(result);
    mark_modern(result, server_version);
  }
  return to_text(result);
}

std::string tool_result(Era era, std::string_view server_version, const Rendered& rendered) {
  Json result = {{"content", {{{"type", "text"}, {"text", rendered.text}}}}};
  if (rendered.is_error) result["isError"] = true;
  if (era == Era::kModern) mark_modern(result, server_version);
  std::string text = to_text(result);
  if (rendered.structured.empty()) return text;
  text.pop_back();  // structured content is JSON text already: it goes in as it is
  return text + R"(,"structuredContent":)" + rendered.structured + "}";
}

}  // namespace pawl
