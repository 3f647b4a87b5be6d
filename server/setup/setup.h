// `pawl setup claude | codex`: what has to stand in a client's files so that a night neither lacks
// the server nor stops at a prompt. First a plan, shown as a diff; then the changes.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"

namespace pawl {

enum class ClientKind : std::uint8_t { kClaude, kCodex };

struct SetupFlags {
  ClientKind client = ClientKind::kClaude;
  bool user_scope = false;  // claude: for every project of this user, not this one alone
  std::string url, token;   // over HTTP; empty: a command of this machine
  bool remove = false;
  bool dry_run = false;
  bool yes = false;
  bool no_skill = false;
};

struct SetupPlace {
  std::filesystem::path root;  // of the project: the top of its working tree
  std::filesystem::path home;
  std::filesystem::path claude_home;                     // $CLAUDE_CONFIG_DIR, or empty
  std::filesystem::path codex_home;                      // $CODEX_HOME, or ~/.codex
  std::string program;                                   // how a client calls pawl
  std::vector<std::pair<std::string, std::string>> env;  // that pawl needs to find its own state
  std::string claude_program;                            // the client's own command; empty: none
  std::string tool_timeout;  // MCP_TOOL_TIMEOUT of the environment; empty: not set
};

struct FileChange {
  std::filesystem::path path;
  std::optional<std::string> before, after;  // absent: there is no such file
};

struct SetupPlan {
  std::vector<FileChange> files;                   // only those that change
  std::vector<std::vector<std::string>> commands;  // of the client, run before the files
  std::vector<std::string> notes;
};

Result<SetupPlan> plan_setup(const SetupPlace& place, const SetupFlags& flags);

// Diffs, commands and notes, for people.
Result<std::string> describe(const SetupPlan& plan);

// Old files are kept in `backups`. The value says where.
Result<std::string> apply(const SetupPlan& plan, const std::filesystem::path& backups);

}  // namespace pawl
