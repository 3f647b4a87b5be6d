// `pawl setup` from the plan to the files and back.
#include "server/setup/setup.h"

#include "server/setup/skill.h"
#include "server/setup/text_file.h"
#include "tests/source/user_repository.h"

using namespace pawl;

namespace {

class Setup : public SourceTest {
 protected:
  SetupPlace place() const {
    return {.root = user(),
            .home = home(),
            .claude_home = {},
            .codex_home = home() / ".codex",
            .program = "/usr/bin/pawl",
            .env = {},
            .claude_program = claude,
            .tool_timeout = timeout};
  }
  std::filesystem::path home() const { return top_ / "home"; }
  std::filesystem::path backups() const { return top_ / "backups"; }

  SetupPlan plan(const SetupFlags& flags) const {
    const auto made = plan_setup(place(), flags);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made.value_or(SetupPlan{});
  }
  void carry_out(const SetupFlags& flags) const {
    const auto done = apply(plan(flags), backups());
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
  }
  std::vector<std::string> changed(const SetupFlags& flags) const {
    std::vector<std::string> names;
    for (const FileChange& change : plan(flags).files)
      names.push_back(std::filesystem::relative(change.path, top_));
    return names;
  }

  std::string claude, timeout;
};

using Names = std::vector<std::string>;

const SetupFlags kClaude{};
const SetupFlags kUser{.user_scope = true};
const SetupFlags kCodex{.client = ClientKind::kCodex};

SetupFlags removed(SetupFlags flags) {
  flags.remove = true;
  return flags;
}

TEST_F(Setup, OfAProjectWritesIntoItAlone) {
  EXPECT_EQ(changed(kClaude), (Names{"user/.mcp.json", "user/.claude/settings.local.json",
                                     "user/.claude/skills/overnight-autoresearch/SKILL.md"}));
  EXPECT_EQ(changed(kUser), (Names{"home/.claude.json", "home/.claude/settings.json",
                                   "home/.claude/skills/overnight-autoresearch/SKILL.md"}));
  EXPECT_EQ(changed(kCodex), Names{"home/.codex/config.toml"});
  EXPECT_EQ(changed({.no_skill = true}),
            (Names{"user/.mcp.json", "user/.claude/settings.local.json"}));
}

TEST_F(Setup, AllowsEveryToolByName) {
  carry_out(kClaude);
  const std::string settings = read_text(user() / ".claude/settings.local.json");
  for (const char* tool : {"briefing", "wait_jobs", "submit_experiment", "cancel_jobs"})
    EXPECT_NE(settings.find("\"mcp__pawl__" + std::string(tool) + "\""), std::string::npos) << tool;
  EXPECT_LT(settings.find("cost_status"), settings.find("submit_experiment"));  // reading first
  EXPECT_EQ(settings.find("MCP_TOOL_TIMEOUT"), std::string::npos);
}

TEST_F(Setup, AShortTimeoutOfTheEnvironmentIsRaised) {
  timeout = "60000";
  carry_out(kClaude);
  EXPECT_NE(read_text(user() / ".claude/settings.local.json").find("\"3660000\""),
            std::string::npos);
}

TEST_F(Setup, ASecondTimeChangesNothing) {
  for (const SetupFlags& flags : {kClaude, kUser, kCodex}) {
    carry_out(flags);
    EXPECT_EQ(changed(flags), Names{});
  }
}

TEST_F(Setup, WhatIsTakenOutLeavesNoTrace) {
  write("train.py", "\n");
  std::filesystem::create_directories(home());
  const auto names = [&] {
    Names all;
    for (const auto& [path, facts] : state_of(top_)) {
      if (path.find("/backups") == std::string::npos) all.push_back(path);
    }
    return all;
  };
  const Names before = names();
  for (const SetupFlags& flags : {kClaude, kUser}) {
    carry_out(flags);
    EXPECT_NE(names(), before);
    carry_out(removed(flags));
    EXPECT_EQ(names(), before);
  }
}

TEST_F(Setup, ASkillThatAHumanChangedStays) {
  carry_out(kClaude);
  write(".claude/skills/overnight-autoresearch/SKILL.md", "mine\n");
  EXPECT_EQ(changed(kClaude), Names{});
  carry_out(removed(kClaude));
  EXPECT_EQ(read_text(user() / ".claude/skills/overnight-autoresearch/SKILL.md"), "mine\n");
}

TEST_F(Setup, TheUsersFileIsChangedByItsOwnProgram) {
  claude = "/usr/bin/claude";
  EXPECT_EQ(plan(kUser).commands,
            (std::vector<Names>{{"/usr/bin/claude", "mcp", "add", "--scope", "user", "pawl", "--",
                                 "/usr/bin/pawl", "mcp"}}));
  EXPECT_EQ(changed(kUser).at(0), "home/.claude/settings.json");
  write("../home/.claude.json", "{\"mcpServers\": {\"pawl\": {\"command\": \"old\"}}}");
  EXPECT_EQ(plan(kUser).commands.at(0).at(2), "remove");
  EXPECT_EQ(plan(kUser).commands.at(1).at(2), "add");
  EXPECT_EQ(plan(removed(kUser)).commands.size(), 1U);
}

TEST_F(Setup, AProgramThatFailsLeavesTheFiles) {
  claude = "/bin/false";
  const auto done = apply(plan(kUser), backups());
  ASSERT_FALSE(done);
  EXPECT_FALSE(std::filesystem::exists(home() / ".claude"));
}

TEST_F(Setup, ATokenNeverStandsInAProjectsFile) {
  const SetupFlags shared{.url = "https://h/mcp", .token = "s3cret"};
  carry_out(shared);
  EXPECT_NE(read_text(user() / ".mcp.json").find("Bearer ${PAWL_TOKEN}"), std::string::npos);
  EXPECT_EQ(read_text(user() / ".mcp.json").find("s3cret"), std::string::npos);
  carry_out({.user_scope = true, .url = "https://h/mcp", .token = "s3cret"});
  EXPECT_NE(read_text(home() / ".claude.json").find("Bearer s3cret"), std::string::npos);
}

TEST_F(Setup, ATokenIsNotShownInACommand) {
  claude = "/usr/bin/claude";
  const SetupPlan made = plan({.user_scope = true, .url = "https://h/mcp", .token = "s3cret"});
  EXPECT_EQ(made.commands.at(0).back(), "Authorization: Bearer s3cret");
  EXPECT_NE(describe(made).value().find("Authorization: Bearer ***\n"), std::string::npos);
}

TEST_F(Setup, TheOldFileIsKept) {
  write(".mcp.json", "{\"mcpServers\": {\"other\": {}}}\n");
  carry_out(kClaude);
  EXPECT_EQ(read_text(backups() / ".mcp.json.1"), "{\"mcpServers\": {\"other\": {}}}\n");
}

TEST_F(Setup, AFileWithAMistakeStopsItBeforeAnything) {
  write(".claude/settings.local.json", "{\"permissions\": }");
  const auto refused = plan_setup(place(), kClaude);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("settings.local.json: it is not JSON"), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(std::filesystem::exists(user() / ".mcp.json"));
}

TEST_F(Setup, IsShownAsADiffWithBothKindsOfTools) {
  const std::string text = describe(plan(kClaude)).value();
  EXPECT_NE(text.find("/.mcp.json (new)\n@@ -0,0 +1,"), std::string::npos);
  EXPECT_NE(text.find("SKILL.md (new): "), std::string::npos);
  EXPECT_NE(text.find("only reading: briefing"), std::string::npos);
  EXPECT_NE(text.find("inside your policy: submit_experiment"), std::string::npos);
}

TEST_F(Setup, ALinkIsFollowedAndTheModeKept) {
  write("../dotfiles/config.toml", "model = \"m\"\n");
  std::filesystem::create_directories(home() / ".codex");
  std::filesystem::create_symlink(top_ / "dotfiles/config.toml", home() / ".codex/config.toml");
  std::filesystem::permissions(top_ / "dotfiles/config.toml", std::filesystem::perms(0600));
  carry_out(kCodex);
  EXPECT_TRUE(std::filesystem::is_symlink(home() / ".codex/config.toml"));
  EXPECT_NE(read_text(top_ / "dotfiles/config.toml").find("[mcp_servers.pawl]"), std::string::npos);
  EXPECT_EQ(std::filesystem::status(top_ / "dotfiles/config.toml").permissions(),
            std::filesystem::perms(0600));
}

TEST_F(Setup, TheSkillThatTravelsIsTheOneInTheRepository) {
  EXPECT_EQ(shipped_skill(), read_text(std::filesystem::path(SOURCE_ROOT) /
                                       "skills/overnight-autoresearch/SKILL.md"));
}

}  // namespace
