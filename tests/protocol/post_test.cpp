// Streamable HTTP without the HTTP: what each message gets as status and body.
#include "server/protocol/post.h"

#include "tests/protocol/fixture.h"

using namespace pawl;

namespace {

const std::string kMeta = R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                          R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string modern(const std::string& method, const std::string& params = "") {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{)" + params +
         (params.empty() ? "" : ",") + kMeta + "}}";
}

PostHeaders headers(const std::string& method, const std::optional<std::string>& name = {}) {
  return {.version = "2026-07-28", .method = method, .name = name};
}

class PostTest : public testing::Test {
 protected:
  PostTest() { fake::fill(world); }

  std::variant<PostAnswer, LongCall> receive(const PostHeaders& given, const std::string& body) {
    return receive_post({service, clock, workers, "0.1.0"}, caller, given, body);
  }
  // "400 -32602", "202", "200 result"
  std::string outcome(const PostHeaders& given, const std::string& body) {
    const auto received = receive(given, body);
    const auto* const answer = std::get_if<PostAnswer>(&received);
    if (answer == nullptr) return "long";
    last = answer->body;
    std::string text = std::to_string(answer->status);
    const std::string code = R"("code":)";
    const std::size_t at = last.find(code);
    if (last.find(R"("result":)") != std::string::npos) return text + " result";
    return at == std::string::npos ? text : text + " " + last.substr(at + code.size(), 6);
  }

  World world;
  Service service{world};
  FrozenClock clock;
  Workers workers{4};
  Caller caller{.principal = "ada", .agent = "ada", .directory = {}};
  std::string last;
};

using OperatorPost = PostTest;
using ModernPost = PostTest;
using LegacyPost = PostTest;

}  // namespace

TEST_F(OperatorPost, WhatHumansDoIsThereForAnAdminsTokenAndForNoOther) {
  const std::string call = R"({"jsonrpc":"2.0","id":1,"method":"pawl/operator",)"
                           R"("params":{"name":"policy_diff","arguments":{}}})";
  EXPECT_EQ(outcome({}, call), "200 -32601");
  caller.secret = "pawl_admin";
  EXPECT_EQ(outcome({}, call), "200 result");
  EXPECT_NE(last.find("0123456789abcdef"), std::string::npos) << last;
}

TEST_F(OperatorPost, AnAdminsTokenMakesNoToolOfIt) {
  caller.secret = "pawl_admin";
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":1,"method":"tools/call",)"
                        R"("params":{"name":"policy_approve","arguments":{}}})"),
            "200 -32602");
}

TEST_F(ModernPost, AMethodAndAToolAreAnsweredWithHeadersThatSayTheSame) {
  EXPECT_EQ(outcome(headers("tools/list"), modern("tools/list")), "200 result");
  EXPECT_EQ(outcome(headers("server/discover"), modern("server/discover")), "200 result");
  EXPECT_EQ(
      outcome(headers("tools/call", "briefing"), modern("tools/call", R"("name":"briefing")")),
      "200 result");
  EXPECT_TRUE(last.find(R"("resultType":"complete")") != std::string::npos) << last;
}

TEST_F(ModernPost, AHeaderThatIsMissingOrSaysAnotherThingIsMinus32020) {
  const std::string call = modern("tools/call", R"("name":"briefing")");
  EXPECT_EQ(outcome({}, call), "400 -32020");
  EXPECT_EQ(outcome({.version = "2025-11-25", .method = {}, .name = {}}, call), "400 -32020");
  EXPECT_EQ(outcome({.version = "2026-07-28", .method = {}, .name = "briefing"}, call),
            "400 -32020");
  EXPECT_EQ(outcome(headers("tools/list", "briefing"), call), "400 -32020");
  EXPECT_EQ(outcome(headers("tools/call"), call), "400 -32020");
  EXPECT_EQ(outcome(headers("tools/call", "Briefing"), call), "400 -32020");
  EXPECT_NE(last.find(R"(Mcp-Name is \"Briefing\", but the body says \"briefing\")"),
            std::string::npos)
      << last;
}

TEST_F(ModernPost, AnEncodedHeaderIsDecodedFirst) {
  const std::string call = modern("tools/call", R"("name":"briefing")");
  EXPECT_EQ(outcome(headers("tools/call", "=?base64?YnJpZWZpbmc=?="), call), "200 result");
  EXPECT_EQ(outcome(headers("tools/call", "=?base64?YnJpZWZpbmc?="), call), "400 -32020");
  EXPECT_EQ(outcome(headers("tools/call", "=?base64?="), call), "400 -32020");
  const std::string snow = modern("tools/call", "\"name\":\"\xe2\x98\x83\"");
  EXPECT_EQ(outcome(headers("tools/call", "=?base64?4piD?="), snow), "200 -32602");  // no such tool
}

TEST_F(ModernPost, AnUnsupportedVersionIsMinus32022) {
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)"
                           R"("io.modelcontextprotocol/protocolVersion":"2027-01-01"}}})";
  EXPECT_EQ(outcome({.version = "2027-01-01", .method = "tools/list", .name = {}}, body),
            "400 -32022");
  EXPECT_NE(last.find(R"("data":{"supported":["2026-07-28"],"requested":"2027-01-01"})"),
            std::string::npos)
      << last;
}

TEST_F(ModernPost, AnIncompleteEnvelopeIsMinus32602) {
  EXPECT_EQ(outcome(headers("tools/list"),
                    R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)"
                    R"("io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})"),
            "400 -32602");
  EXPECT_EQ(outcome(headers("tools/list"), R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"),
            "400 -32602");
}

TEST_F(ModernPost, AnUnknownMethodIs404BeforeItsHeadersAreLookedAt) {
  EXPECT_EQ(outcome(headers("x/y"), modern("x/y")), "404 -32601");
  EXPECT_EQ(outcome(headers("tools/list"), modern("x/y")), "404 -32601");
  EXPECT_EQ(outcome(headers("ping"), modern("ping")), "404 -32601");
  EXPECT_EQ(outcome(headers("initialize"), modern("initialize")), "404 -32601");
}

TEST_F(ModernPost, AToolThatDoesNotExistIsTheToolsBusiness) {
  EXPECT_EQ(outcome(headers("tools/call", "brief"), modern("tools/call", R"("name":"brief")")),
            "200 -32602");
  EXPECT_EQ(outcome(headers("tools/call"), modern("tools/call")), "400 -32602");
}

TEST_F(ModernPost, TheOperatorsCallsAreNotOffered) {
  EXPECT_EQ(
      outcome(headers("pawl/operator", "status"), modern("pawl/operator", R"("name":"status")")),
      "404 -32601");
  EXPECT_EQ(outcome(headers("tools/call", "status"), modern("tools/call", R"("name":"status")")),
            "200 -32602");
}

TEST_F(ModernPost, AWaitIsALongCallThatEndsWithItsClient) {
  auto received =
      receive(headers("tools/call", "wait_jobs"), modern("tools/call", R"("name":"wait_jobs")"));
  auto* const call = std::get_if<LongCall>(&received);
  ASSERT_NE(call, nullptr);
  EXPECT_TRUE(call->ends_with_client);
  const std::string answer = call->run({}, [](std::string_view) {});
  EXPECT_TRUE(answer.starts_with(R"({"jsonrpc":"2.0","id":1,"result":)")) << answer;
  EXPECT_NE(call->refuse(64).find("64 calls are running already"), std::string::npos);
}

TEST_F(ModernPost, ProgressComesBeforeTheAnswer) {
  world.wait = [](const WaitRequest&, std::stop_token,
                  const std::function<void(WaitProgress)>& progress) -> Result<WaitReply> {
    progress({0, 2});
    progress({1, 2});
    return WaitReply{};
  };
  auto received = receive(
      headers("tools/call", "wait_jobs"),
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait_jobs","_meta":{)"
      R"("progressToken":0,"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
  ASSERT_TRUE(std::holds_alternative<LongCall>(received)) << std::get<PostAnswer>(received).body;
  std::vector<std::string> notes;
  std::get<LongCall>(received).run({}, [&](std::string_view line) { notes.emplace_back(line); });
  ASSERT_EQ(notes.size(), 2);
  EXPECT_NE(notes[1].find(R"("progressToken":0,"progress":1.0)"), std::string::npos) << notes[1];
}

TEST_F(LegacyPost, NeedsNoHeaders) {
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                        R"("protocolVersion":"2025-06-18","capabilities":{}}})"),
            "200 result");
  EXPECT_NE(last.find(R"("protocolVersion":"2025-06-18")"), std::string::npos);
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":1,"method":"ping"})"), "200 result");
  const PostHeaders old{.version = "2025-03-26", .method = {}, .name = {}};
  EXPECT_EQ(outcome(old, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"), "200 result");
}

TEST_F(LegacyPost, ErrorsOfMethodsKeepStatus200) {
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":1,"method":"x/y"})"), "200 -32601");
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"no"}})"),
            "200 -32602");
}

TEST_F(LegacyPost, AnUnknownVersionInTheHeaderIs400) {
  EXPECT_EQ(outcome({.version = "1.0", .method = {}, .name = {}},
                    R"({"jsonrpc":"2.0","id":1,"method":"ping"})"),
            "400 -32022");
}

TEST_F(LegacyPost, AWaitOutlivesItsClient) {
  const auto received = receive(
      {}, R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait_jobs"}})");
  ASSERT_TRUE(std::holds_alternative<LongCall>(received));
  EXPECT_FALSE(std::get<LongCall>(received).ends_with_client);
}

TEST_F(PostTest, NotificationsAndAnswersAreAcceptedWithoutABody) {
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","method":"notifications/initialized"})"), "202");
  EXPECT_EQ(last, "");
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":5,"result":{}})"), "202");
}

TEST_F(PostTest, WhatIsNoMessageIs400) {
  EXPECT_EQ(outcome({}, ""), "400 -32700");
  EXPECT_EQ(outcome({}, "{"), "400 -32700");
  EXPECT_EQ(outcome({}, std::string(100'000, '[')), "400 -32700");
  EXPECT_EQ(outcome({}, R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})"), "400 -32700");
  EXPECT_EQ(outcome({}, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}"), "400 -32700");
  EXPECT_EQ(outcome({}, R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])"), "400 -32600");
  EXPECT_EQ(outcome({}, R"({"id":1,"method":"ping"})"), "400 -32600");
}
