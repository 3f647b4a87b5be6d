// Conversations as they go over the wire, both eras. Spec sections: modelcontextprotocol.io,
// revisions 2025-11-25 (lifecycle, tools, ping, logging) and 2026-07-28 (versioning, discover).
#include "tests/protocol/fixture.h"

using namespace pawl;

using Legacy = SessionTest;
using Modern = SessionTest;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string initialize(std::string_view version) {
  return R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
         std::string(version) +
         R"(","capabilities":{},"clientInfo":{"name":"codex","version":"1"}}})";
}

}  // namespace

TEST_F(Legacy, InitializeEchoesAVersionWeSpeak) {
  for (const char* version : {"2025-11-25", "2025-06-18", "2025-03-26"}) {
    const std::string answer = ask(initialize(version));
    EXPECT_TRUE(answer.starts_with(R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":")" +
                                   std::string(version) +
                                   R"(","capabilities":{"tools":{},"logging":{}},"serverInfo":)"
                                   R"({"name":"pawl","title":"pawl","version":"0.1.0"},)"
                                   R"("instructions":")"))
        << answer;
  }
}

TEST_F(Legacy, InitializeOffersTheNewestLegacyVersionToOthers) {
  EXPECT_TRUE(has(ask(initialize("2024-11-05")), R"("protocolVersion":"2025-11-25")"));
  EXPECT_TRUE(has(ask(initialize("2026-07-28")), R"("protocolVersion":"2025-11-25")"));
  EXPECT_TRUE(has(ask(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})"),
                  R"("error":{"code":-32602)"));
}

TEST_F(Legacy, NotificationsAreNotAnswered) {
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/whatever","params":{"a":1}})");
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{}})");
  EXPECT_EQ(ask(R"({"jsonrpc":"2.0","id":"p","method":"ping"})"),
            R"({"jsonrpc":"2.0","id":"p","result":{}})");
  EXPECT_EQ(outbox.all().size(), 1);
}

TEST_F(Legacy, SetLevelIsAcceptedAndChecked) {
  EXPECT_EQ(
      ask(R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"info"}})"),
      R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_TRUE(
      has(ask(R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"loud"}})"),
          R"("code":-32602)"));
}

TEST_F(Legacy, ToolsAreListedWithoutModernFields) {
  const std::string answer = ask(R"({"jsonrpc":"2.0","id":3,"method":"tools/list"})");
  EXPECT_TRUE(answer.starts_with(
      R"({"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"briefing","title":"Briefing",)"));
  EXPECT_FALSE(has(answer, "resultType"));
  EXPECT_EQ(answer, ask(R"({"jsonrpc":"2.0","id":3,"method":"tools/list","params":{}})"));
}

TEST_F(Legacy, AToolAnswersInTextAndStructured) {
  const std::string answer = ask(
      R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"cancel_jobs","arguments":{"jobs":["042"]}}})");
  EXPECT_TRUE(answer.starts_with(
      R"({"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"1 job (1 cancelled); $0.45 released.)"))
      << answer;
  EXPECT_TRUE(
      has(answer, R"("structuredContent":{"summary":"1 job (1 cancelled); $0.45 released.")"));
  EXPECT_FALSE(has(answer, "resultType"));
  EXPECT_FALSE(has(answer, "isError"));
}

TEST_F(Legacy, AModernMethodIsUnknown) {
  EXPECT_EQ(
      ask(R"({"jsonrpc":"2.0","id":5,"method":"server/discover"})"),
      R"({"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"method not found: server/discover"}})");
}

TEST_F(Modern, DiscoverNamesTheVersionAndIsCacheable) {
  const std::string answer = ask_modern("server/discover");
  EXPECT_TRUE(answer.starts_with(
      R"({"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"instructions":")"))
      << answer;
  EXPECT_TRUE(answer.ends_with(
      R"("ttlMs":300000,"cacheScope":"public","resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"pawl","title":"pawl","version":"0.1.0"}}}})"))
      << answer;
}

TEST_F(Modern, TheListIsCacheableAndComplete) {
  const std::string answer = ask_modern("tools/list");
  EXPECT_TRUE(has(answer, R"("ttlMs":300000,"cacheScope":"public","resultType":"complete")"));
  EXPECT_TRUE(has(answer, R"(serverInfo":{"name":"pawl")"));
}

TEST_F(Modern, AToolResultIsComplete) {
  const std::string answer = ask_modern("tools/call", R"("name":"wait_jobs","arguments":{})");
  EXPECT_TRUE(has(answer, R"("resultType":"complete","_meta":{)")) << answer;
  EXPECT_TRUE(has(answer, R"("structuredContent":{"summary":)"));
}

TEST_F(Modern, LegacyMethodsAreGone) {
  for (const char* method : {"ping", "initialize", "logging/setLevel", "resources/subscribe"}) {
    EXPECT_TRUE(has(ask_modern(method), R"("error":{"code":-32601)")) << method;
  }
}

TEST_F(Modern, AnUnsupportedVersionNamesTheSupportedOnes) {
  EXPECT_EQ(
      ask(R"({"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01","io.modelcontextprotocol/clientCapabilities":{}}}})"),
      R"({"jsonrpc":"2.0","id":9,"error":{"code":-32022,"message":"unsupported protocol version","data":{"supported":["2026-07-28"],"requested":"2099-01-01"}}})");
}

TEST_F(Modern, AnIncompleteEnvelopeIsRefused) {
  EXPECT_TRUE(has(
      ask(R"({"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})"),
      R"("error":{"code":-32602)"));
  EXPECT_TRUE(has(
      ask(R"({"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}})"),
      R"("error":{"code":-32602)"));
}

TEST_F(Modern, BothErasMayTalkOnOneConnection) {
  EXPECT_TRUE(has(ask(initialize("2025-11-25")), R"("protocolVersion":"2025-11-25")"));
  EXPECT_TRUE(has(ask_modern("tools/list"), R"("resultType":"complete")"));
  EXPECT_FALSE(has(ask(R"({"jsonrpc":"2.0","id":3,"method":"tools/list"})"), "resultType"));
}
