// Claude Code's own files, as text in and text out: .mcp.json or ~/.claude.json (the server), and
// settings.json (the permissions). What pawl does not know stays, in its order; the indentation
// too.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// How a client reaches pawl: a command, or a URL.
struct ServerEntry {
  std::string command;  // "/usr/bin/pawl"; its argument is "mcp"
  std::vector<std::pair<std::string, std::string>> env{};
  std::string url{};            // not empty: over HTTP, and `command` means nothing
  std::string authorization{};  // the header's value; empty: none
};

// Every function: `text` empty means that there is no file; an empty result, that nothing is left
// and the file can go. INVALID when `text` is not what Claude Code writes.
Result<std::string> with_server(std::string_view text, const ServerEntry& entry);
Result<std::string> without_server(std::string_view text);

struct Permissions {
  std::vector<std::string> allow;  // "mcp__pawl__briefing"
  bool enable_server = false;      // of .mcp.json, which asks once otherwise
  std::string tool_timeout{};      // milliseconds for MCP_TOOL_TIMEOUT; empty: leave it
};
Result<std::string> with_permissions(std::string_view text, const Permissions& wanted);
Result<std::string> without_permissions(std::string_view text, const Permissions& wanted);

}  // namespace pawl
