#include "server/setup/codex_file.h"

#include <fmt/format.h>

namespace pawl {
namespace {

constexpr std::string_view kBegin = "# >>> pawl (`pawl setup codex --remove` takes it out)\n";
constexpr std::string_view kEnd = "# <<< pawl\n";

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string address_lines(const ServerEntry& entry) {
  if (!entry.url.empty()) {
    return "url = " + toml_string(entry.url) + "\nbearer_token_env_var = \"PAWL_TOKEN\"\n";
  }
  return "command = " + toml_string(entry.command) + "\nargs = [\"mcp\"]\n";
}

std::string env_lines(const ServerEntry& entry) {
  if (entry.env.empty() || !entry.url.empty()) return {};
  std::string text = "\n[mcp_servers.pawl.env]\n";
  for (const auto& [name, value] : entry.env) text += name + " = " + toml_string(value) + "\n";
  return text;
}

// Tools are approved at once: a question in the night stops it, and pawl's own policy holds.
std::string text_of(const CodexBlock& block) {
  return fmt::format(
      "{}[mcp_servers.pawl]\n{}"
      "startup_timeout_sec = 20\n"
      "tool_timeout_sec = 3660                  # wait_jobs may wait for an hour\n"
      "# These only read: {}.\n"
      "# These spend or change, inside pawl's own policy: {}.\n"
      "default_tools_approval_mode = \"approve\"  # a question would stop the night\n{}{}",
      kBegin, address_lines(block.entry), fmt::join(block.reading, ", "),
      fmt::join(block.changing, ", "), env_lines(block.entry), kEnd);
}

}  // namespace

std::string without_codex_block(std::string_view text) {
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd, begin == std::string_view::npos ? 0 : begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::string(text);
  std::string before(text.substr(0, begin));
  if (before.ends_with("\n\n")) before.pop_back();  // the blank line that came with the block
  return before + std::string(text.substr(end + kEnd.size()));
}

Result<std::string> with_codex_block(std::string_view text, const CodexBlock& block) {
  std::string rest = without_codex_block(text);
  if (rest.find("[mcp_servers.pawl]") != std::string::npos ||
      rest.find("[mcp_servers.\"pawl\"]") != std::string::npos) {
    return fail(ErrorKind::kConflict, "it has a section [mcp_servers.pawl] of its own already",
                "Remove that section, then run `pawl setup codex` again.");
  }
  if (!rest.empty() && !rest.ends_with('\n')) rest += '\n';
  return rest + (rest.empty() ? "" : "\n") + text_of(block);
}

}  // namespace pawl
