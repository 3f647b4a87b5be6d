#include "server/setup/setup.h"

#include <fmt/format.h>

#include <charconv>

#include "server/setup/claude_files.h"
#include "server/setup/codex_file.h"
#include "server/setup/skill.h"
#include "server/setup/text_file.h"
#include "tools/catalogue.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

// wait_jobs waits for an hour at most; the reply may take a moment.
constexpr std::int64_t kToolMilliseconds = 3'660'000;

struct ToolNames {
  std::vector<std::string> reading, changing;
};

ToolNames tool_names_by_effect() {
  ToolNames names;
  for (const Tool& tool : catalogue())
    (tool.head.read_only ? names.reading : names.changing).push_back(tool.head.name);
  return names;
}

ServerEntry entry_of(const SetupPlace& place, const SetupFlags& flags) {
  if (flags.url.empty()) return {.command = place.program, .env = place.env};
  // A project's .mcp.json is often committed: no token may stand in it.
  const bool literal = flags.user_scope && !flags.token.empty();
  return {.command = {},
          .url = flags.url,
          .authorization = "Bearer " + (literal ? flags.token : std::string("${PAWL_TOKEN}"))};
}

// Adds the change that `edit` makes of the file, if it makes one.
template <class Edit>
Result<void> plan_file(SetupPlan& plan, const fs::path& path, const Edit& edit) {
  TRY(const std::optional<std::string> before, read_if_there(path));
  const Result<std::string> after = edit(before.value_or(""));
  if (!after) {
    return fail(after.error().kind, path.string() + ": " + after.error().message,
                after.error().hint);
  }
  if (*after == before.value_or("")) return {};
  FileChange change{.path = path, .before = before, .after = {}};
  if (!after->empty()) change.after = *after;
  plan.files.push_back(std::move(change));
  return {};
}

Permissions permissions_of(const SetupPlace& place, const SetupFlags& flags) {
  Permissions wanted{.allow = {}, .enable_server = !flags.user_scope};
  const ToolNames names = tool_names_by_effect();
  for (const auto* list : {&names.reading, &names.changing}) {
    for (const std::string& name : *list) wanted.allow.push_back("mcp__pawl__" + name);
  }
  std::int64_t limit = kToolMilliseconds;
  const std::string& given = place.tool_timeout;
  std::from_chars(given.data(), given.data() + given.size(), limit);
  if (limit < kToolMilliseconds || flags.remove)
    wanted.tool_timeout = std::to_string(kToolMilliseconds);
  return wanted;
}

std::vector<std::string> add_command(const SetupPlace& place, const ServerEntry& entry) {
  std::vector<std::string> argv = {place.claude_program, "mcp", "add", "--scope", "user"};
  if (!entry.url.empty()) {
    argv.insert(argv.end(), {"--transport", "http", "pawl", entry.url, "--header",
                             "Authorization: " + entry.authorization});
    return argv;
  }
  argv.emplace_back("pawl");
  for (const auto& [name, value] : entry.env) {
    argv.emplace_back("--env");
    argv.push_back(name + "=" + value);
  }
  argv.insert(argv.end(), {"--", entry.command, "mcp"});
  return argv;
}

// The user's own file is rewritten by every session of Claude Code that runs, so its own command
// changes it where there is one.
Result<void> plan_user_server(SetupPlan& plan, const SetupPlace& place, const SetupFlags& flags) {
  const fs::path path =
      (place.claude_home.empty() ? place.home : place.claude_home) / ".claude.json";
  SetupPlan edit;
  const ServerEntry entry = entry_of(place, flags);
  CHECK_OK(plan_file(edit, path, [&](const std::string& text) {
    return flags.remove ? without_server(text) : with_server(text, entry);
  }));
  if (edit.files.empty()) return {};
  if (place.claude_program.empty()) {
    plan.files.push_back(edit.files.front());
    return {};
  }
  TRY(const std::string without, without_server(edit.files.front().before.value_or("")));
  const bool is_there = without != edit.files.front().before.value_or("");
  if (is_there)
    plan.commands.push_back({place.claude_program, "mcp", "remove", "--scope", "user", "pawl"});
  if (!flags.remove) plan.commands.push_back(add_command(place, entry));
  return {};
}

Result<void> plan_skill(SetupPlan& plan, const fs::path& claude, const SetupFlags& flags) {
  const fs::path path = claude / "skills" / kSkillName / "SKILL.md";
  const std::string shipped = shipped_skill();
  bool own = false;  // a human's version, which stays
  CHECK_OK(plan_file(plan, path, [&](const std::string& text) -> Result<std::string> {
    own = !text.empty() && text != shipped;
    if (own || (flags.no_skill && !flags.remove)) return text;
    return flags.remove ? "" : shipped;
  }));
  if (own) plan.notes.push_back(path.string() + " differs from pawl's, and is left as it is");
  return {};
}

Result<void> plan_claude(SetupPlan& plan, const SetupPlace& place, const SetupFlags& flags) {
  const fs::path user = place.claude_home.empty() ? place.home / ".claude" : place.claude_home;
  const fs::path claude = flags.user_scope ? user : place.root / ".claude";
  if (flags.user_scope) {
    CHECK_OK(plan_user_server(plan, place, flags));
  } else {
    const ServerEntry entry = entry_of(place, flags);
    CHECK_OK(plan_file(plan, place.root / ".mcp.json", [&](const std::string& text) {
      return flags.remove ? without_server(text) : with_server(text, entry);
    }));
  }
  const Permissions wanted = permissions_of(place, flags);
  const char* const settings = flags.user_scope ? "settings.json" : "settings.local.json";
  CHECK_OK(plan_file(plan, claude / settings, [&](const std::string& text) {
    return flags.remove ? without_permissions(text, wanted) : with_permissions(text, wanted);
  }));
  return plan_skill(plan, claude, flags);
}

Result<void> plan_codex(SetupPlan& plan, const SetupPlace& place, const SetupFlags& flags) {
  ToolNames names = tool_names_by_effect();
  const CodexBlock block{.entry = entry_of(place, flags),
                         .reading = std::move(names.reading),
                         .changing = std::move(names.changing)};
  return plan_file(
      plan, place.codex_home / "config.toml", [&](const std::string& text) -> Result<std::string> {
        return flags.remove ? without_codex_block(text) : with_codex_block(text, block);
      });
}

void add_notes(SetupPlan& plan, const SetupFlags& flags) {
  if (flags.remove) return;
  const ToolNames names = tool_names_by_effect();
  plan.notes.push_back(
      fmt::format("allowed without a question, only reading: {}", fmt::join(names.reading, ", ")));
  plan.notes.push_back(fmt::format("allowed without a question, inside your policy: {}",
                                   fmt::join(names.changing, ", ")));
  const bool by_variable = !flags.url.empty() && (flags.client == ClientKind::kCodex ||
                                                  !flags.user_scope || flags.token.empty());
  if (by_variable)
    plan.notes.emplace_back("the client reads the token from its environment: export PAWL_TOKEN");
  if (flags.client == ClientKind::kClaude && !flags.user_scope)
    plan.notes.emplace_back(
        ".mcp.json and .claude/ lie in the working tree: commit them, or list them in .gitignore");
}

}  // namespace

Result<SetupPlan> plan_setup(const SetupPlace& place, const SetupFlags& flags) {
  SetupPlan plan;
  CHECK_OK(flags.client == ClientKind::kClaude ? plan_claude(plan, place, flags)
                                               : plan_codex(plan, place, flags));
  if (!plan.files.empty() || !plan.commands.empty()) add_notes(plan, flags);
  return plan;
}

}  // namespace pawl
