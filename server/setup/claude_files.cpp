#include "server/setup/claude_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/json.h"

namespace pawl {
namespace {

constexpr const char* kName = "pawl";
constexpr const char* kTimeout = "MCP_TOOL_TIMEOUT";

Result<Json> opened(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Json::object();
  auto json = parse_json(text);
  if (json && json->is_object()) return json;
  return fail(ErrorKind::kInvalid,
              json ? "it holds no JSON object" : "it is not JSON: " + json.error().message,
              "Mend or move the file; nothing was changed.");
}

// What the first indented line begins with.
std::string indentation(std::string_view text) {
  const std::size_t line = text.find_first_of(" \t", text.find('\n') + 1);
  if (text.find('\n') == std::string_view::npos || line == std::string_view::npos) return "  ";
  const std::size_t end = text.find_first_not_of(" \t", line);
  return std::string(text.substr(line, end - line));
}

std::string closed(const Json& json, std::string_view before) {
  if (json.empty()) return {};
  const std::string indent = indentation(before);
  const bool newline = before.empty() || before.ends_with('\n');
  return json.dump(static_cast<int>(indent.size()), indent.front()) + (newline ? "\n" : "");
}

// The object or array at `key`, made when absent.
Result<Json*> member(Json& json, const char* key, const Json& fresh) {
  if (!json.contains(key)) json[key] = fresh;
  Json& found = json[key];
  if (found.type() == fresh.type()) return &found;
  return fail(ErrorKind::kInvalid,
              std::string("its \"") + key + "\" is " + describe(found) + ", not " +
                  (fresh.is_array() ? "a list" : "an object"),
              "Mend the file; nothing was changed.");
}

void erase_if_empty(Json& json, const char* key) {
  if (json.contains(key) && json[key].empty()) json.erase(key);
}

Json json_of(const ServerEntry& entry) {
  if (!entry.url.empty()) {
    Json json = {{"type", "http"}, {"url", entry.url}};
    if (!entry.authorization.empty()) json["headers"] = {{"Authorization", entry.authorization}};
    return json;
  }
  Json json = {{"type", "stdio"}, {"command", entry.command}, {"args", {"mcp"}}};
  for (const auto& [name, value] : entry.env) json["env"][name] = value;
  return json;
}

Result<void> add_words(Json& json, const char* key, const std::vector<std::string>& words) {
  TRY(Json* const list, member(json, key, Json::array()));
  for (const std::string& word : words) {
    if (std::ranges::find(*list, Json(word)) == list->end()) list->push_back(word);
  }
  return {};
}

Result<void> remove_words(Json& json, const char* key, const std::vector<std::string>& words) {
  if (!json.contains(key)) return {};
  TRY(Json* const list, member(json, key, Json::array()));
  for (const std::string& word : words) {
    const auto kept = std::ranges::remove(*list, Json(word));
    list->erase(kept.begin(), kept.end());
  }
  erase_if_empty(json, key);
  return {};
}

}  // namespace

Result<std::string> with_server(std::string_view text, const ServerEntry& entry) {
  TRY(Json json, opened(text));
  TRY(Json* const servers, member(json, "mcpServers", Json::object()));
  (*servers)[kName] = json_of(entry);
  return closed(json, text);
}

Result<std::string> without_server(std::string_view text) {
  TRY(Json json, opened(text));
  if (!json.contains("mcpServers")) return std::string(text);
  TRY(Json* const servers, member(json, "mcpServers", Json::object()));
  if (servers->erase(kName) == 0) return std::string(text);
  erase_if_empty(json, "mcpServers");
  return closed(json, text);
}

Result<std::string> with_permissions(std::string_view text, const Permissions& wanted) {
  TRY(Json json, opened(text));
  const Json before = json;
  TRY(Json* const permissions, member(json, "permissions", Json::object()));
  CHECK_OK(add_words(*permissions, "allow", wanted.allow));
  if (wanted.enable_server) CHECK_OK(add_words(json, "enabledMcpjsonServers", {kName}));
  if (!wanted.tool_timeout.empty()) {
    TRY(Json* const env, member(json, "env", Json::object()));
    if (!env->contains(kTimeout)) (*env)[kTimeout] = wanted.tool_timeout;
  }
  return json == before ? std::string(text) : closed(json, text);
}

Result<std::string> without_permissions(std::string_view text, const Permissions& wanted) {
  TRY(Json json, opened(text));
  const Json before = json;
  if (json.contains("permissions")) {
    TRY(Json* const permissions, member(json, "permissions", Json::object()));
    CHECK_OK(remove_words(*permissions, "allow", wanted.allow));
    erase_if_empty(json, "permissions");
  }
  CHECK_OK(remove_words(json, "enabledMcpjsonServers", {kName}));
  if (json.contains("env")) {
    TRY(Json* const env, member(json, "env", Json::object()));
    if (env->contains(kTimeout) && (*env)[kTimeout] == wanted.tool_timeout) env->erase(kTimeout);
    erase_if_empty(json, "env");
  }
  return json == before ? std::string(text) : closed(json, text);
}

}  // namespace pawl
