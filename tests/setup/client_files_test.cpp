// What is put into the files of clients, and that exactly this comes out again.
#include <gtest/gtest.h>

#include "server/setup/claude_files.h"
#include "server/setup/codex_file.h"

using namespace pawl;

namespace {

const ServerEntry kStdio = {.command = "/usr/bin/pawl", .env = {{"PAWL_STATE", "/s"}}};
const Permissions kWanted = {.allow = {"mcp__pawl__briefing", "mcp__pawl__wait_jobs"},
                             .enable_server = true,
                             .tool_timeout = "3660000"};

// As a human may have them: other keys, an order of their own, four blanks.
const std::string kServers = R"({
    "zeta": 1.0,
    "mcpServers": {
        "other": {
            "command": "x"
        }
    },
    "alpha": [
        1
    ]
}
)";
const std::string kSettings = R"--({
  "model": "best",
  "permissions": {
    "deny": [
      "Bash(rm:*)"
    ],
    "allow": [
      "Bash(ls:*)"
    ]
  },
  "env": {
    "A": "1"
  }
})--";

}  // namespace

TEST(ClaudeServer, IsWrittenIntoANewFile) {
  EXPECT_EQ(with_server("", kStdio).value(), R"({
  "mcpServers": {
    "pawl": {
      "type": "stdio",
      "command": "/usr/bin/pawl",
      "args": [
        "mcp"
      ],
      "env": {
        "PAWL_STATE": "/s"
      }
    }
  }
}
)");
}

TEST(ClaudeServer, OverHttpHasAUrlAndAHeader) {
  const std::string text =
      with_server("", {.command = "", .url = "https://h/mcp", .authorization = "Bearer t"}).value();
  EXPECT_NE(text.find("\"url\": \"https://h/mcp\""), std::string::npos);
  EXPECT_NE(text.find("\"Authorization\": \"Bearer t\""), std::string::npos);
  EXPECT_EQ(text.find("command"), std::string::npos);
}

TEST(ClaudeServer, LeavesTheRestAsItWas) {
  const std::string with = with_server(kServers, kStdio).value();
  EXPECT_NE(with, kServers);
  EXPECT_LT(with.find("zeta"), with.find("alpha"));
  EXPECT_EQ(without_server(with).value(), kServers);
}

TEST(ClaudeServer, TwiceIsOnce) {
  const std::string once = with_server(kServers, kStdio).value();
  EXPECT_EQ(with_server(once, kStdio).value(), once);
}

TEST(ClaudeServer, NothingLeftMeansThatTheFileCanGo) {
  EXPECT_EQ(without_server(with_server("", kStdio).value()).value(), "");
  EXPECT_EQ(without_server("").value(), "");
}

TEST(ClaudeServer, AFileThatIsNoJsonIsNotTouched) {
  for (const char* text :
       {"{", "[]", "// comment\n{}", R"({"mcpServers": []})", R"({"a": 1, "a": 2})"}) {
    EXPECT_FALSE(with_server(text, kStdio)) << text;
  }
  EXPECT_EQ(with_server(R"({"mcpServers": 4})", kStdio).error().message,
            "its \"mcpServers\" is number 4, not an object");
}

TEST(ClaudePermissions, AreAddedBesideTheHumansOwn) {
  const std::string with = with_permissions(kSettings, kWanted).value();
  EXPECT_NE(with.find("\"Bash(ls:*)\",\n      \"mcp__pawl__briefing\",\n      "
                      "\"mcp__pawl__wait_jobs\""),
            std::string::npos)
      << with;
  EXPECT_NE(with.find("\"MCP_TOOL_TIMEOUT\": \"3660000\""), std::string::npos);
  EXPECT_NE(with.find("\"enabledMcpjsonServers\""), std::string::npos);
  EXPECT_EQ(without_permissions(with, kWanted).value(), kSettings);
}

TEST(ClaudePermissions, ComeOutOfANewFileWithoutATrace) {
  EXPECT_EQ(without_permissions(with_permissions("", kWanted).value(), kWanted).value(), "");
}

TEST(ClaudePermissions, AHumansOwnTimeoutStays) {
  const std::string own = "{\"env\": {\"MCP_TOOL_TIMEOUT\": \"5\"}}";
  EXPECT_NE(with_permissions(own, kWanted).value().find("\"MCP_TOOL_TIMEOUT\": \"5\""),
            std::string::npos);
  EXPECT_EQ(without_permissions(own, kWanted).value(), own);
}

TEST(ClaudePermissions, OtherServersStayEnabled) {
  const std::string own = "{\"enabledMcpjsonServers\": [\"other\", \"pawl\"]}";
  EXPECT_EQ(without_permissions(own, kWanted).value(),
            "{\n  \"enabledMcpjsonServers\": [\n    \"other\"\n  ]\n}");
}

TEST(CodexFile, GetsOneMarkedBlock) {
  const std::string own = "model = \"m\"\n\n[mcp_servers.other]\ncommand = \"x\"\n";
  const CodexBlock block = {.entry = kStdio, .reading = {"briefing"}, .changing = {"submit"}};
  const std::string with = with_codex_block(own, block).value();
  EXPECT_TRUE(with.starts_with(own));
  EXPECT_NE(with.find("[mcp_servers.pawl]\ncommand = \"/usr/bin/pawl\"\nargs = [\"mcp\"]\n"),
            std::string::npos);
  EXPECT_NE(with.find("\n[mcp_servers.pawl.env]\nPAWL_STATE = \"/s\"\n"), std::string::npos);
  EXPECT_EQ(with_codex_block(with, block).value(), with);
  EXPECT_EQ(without_codex_block(with), own);
  EXPECT_EQ(without_codex_block(with_codex_block("", block).value()), "");
}

TEST(CodexFile, WhatStandsBehindTheBlockStays) {
  const CodexBlock block = {.entry = {.command = "", .url = "http://h/mcp"}};
  const std::string with = with_codex_block("a = 1\n", block).value() + "\n[later]\nb = 2\n";
  EXPECT_NE(with.find("url = \"http://h/mcp\"\nbearer_token_env_var = \"PAWL_TOKEN\"\n"),
            std::string::npos);
  EXPECT_EQ(without_codex_block(with), "a = 1\n\n[later]\nb = 2\n");
}

TEST(CodexFile, ASectionOfTheHumansOwnIsAConflict) {
  const auto refused = with_codex_block("[mcp_servers.pawl]\ncommand = \"x\"\n", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
}
