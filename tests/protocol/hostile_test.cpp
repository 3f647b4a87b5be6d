// What a broken or hostile client may send, by name. Each is answered, and the session lives on.
#include "tests/protocol/fixture.h"

using namespace pawl;

namespace {

class Hostile : public SessionTest {
 protected:
  void TearDown() override {
    EXPECT_EQ(ask(R"({"jsonrpc":"2.0","id":"alive","method":"ping"})"),
              R"({"jsonrpc":"2.0","id":"alive","result":{}})");
  }
  std::string error_of(const std::string& line) {
    const std::string answer = ask(line);
    const std::size_t at = answer.find(R"("error":)");
    return at == std::string::npos ? answer : answer.substr(at + 8, answer.size() - at - 9);
  }
  static std::string with_params(const std::string& params) {
    return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + params + "}";
  }
};

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_F(Hostile, DuplicateKeys) {
  EXPECT_EQ(
      error_of(R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"})"),
      R"({"code":-32700,"message":"parse error: key \"method\" stands twice in one object"})");
}

TEST_F(Hostile, Depth100000) {
  EXPECT_EQ(error_of(std::string(100'000, '[')),
            R"({"code":-32700,"message":"parse error: JSON is nested deeper than 64 levels"})");
  EXPECT_EQ(error_of(repeated(R"({"a":)", 100'000)),
            R"({"code":-32700,"message":"parse error: JSON is nested deeper than 64 levels"})");
}

TEST_F(Hostile, NumbersWithoutValue) {
  EXPECT_EQ(error_of(with_params(R"({"name":"leaderboard","arguments":{"limit":1e999}})")),
            R"({"code":-32700,"message":"parse error: a number does not fit"})");
  EXPECT_TRUE(error_of(with_params(R"({"name":"leaderboard","arguments":{"limit":NaN}})"))
                  .starts_with(R"({"code":-32700)"));
}

TEST_F(Hostile, InvalidUtf8) {
  EXPECT_TRUE(error_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}")
                  .starts_with(R"({"code":-32700)"));
}

TEST_F(Hostile, ABatchIsRefusedAsAWhole) {
  EXPECT_EQ(error_of(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])"),
            R"({"code":-32600,"message":"batches are not supported"})");
  EXPECT_EQ(error_of("[]"), R"({"code":-32600,"message":"batches are not supported"})");
}

TEST_F(Hostile, IdsThatAreNeitherTextNorInteger) {
  for (const char* id : {"null", "1.5", "true", "{}", "[1]"}) {
    EXPECT_EQ(
        ask(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"ping"})"),
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"id must be a string or an integer"}})");
  }
}

TEST_F(Hostile, MessagesThatAreNone) {
  for (const char* line :
       {"7", "\"a\"", "null", "{}", R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"method":7})"}) {
    EXPECT_TRUE(error_of(line).starts_with(R"({"code":-32600)")) << line;
  }
  EXPECT_TRUE(error_of("hello").starts_with(R"({"code":-32700)"));
}

TEST_F(Hostile, ParamsThatAreNoObject) {
  EXPECT_EQ(error_of(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})"),
            R"({"code":-32602,"message":"params must be an object"})");
}

TEST_F(Hostile, AnAnswerThatNobodyAskedFor) {
  session.receive(R"({"jsonrpc":"2.0","id":77,"result":{}})");
  session.receive(R"({"jsonrpc":"2.0","id":77,"error":{"code":1,"message":"x"}})");
  EXPECT_TRUE(outbox.all().empty());
}

TEST_F(Hostile, AnUnknownMethod) {
  EXPECT_EQ(error_of(R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})"),
            R"({"code":-32601,"message":"method not found: resources/list"})");
}

// Unknown names are protocol errors (server/tools, "Error handling"); what is wrong inside the
// arguments is a tool result, so that the model sees it and can do better.
TEST_F(Hostile, AnUnknownTool) {
  EXPECT_EQ(error_of(with_params(R"({"name":"breifing","arguments":{}})")),
            R"({"code":-32602,"message":"unknown tool \"breifing\". Did you mean \"briefing\"?"})");
  EXPECT_EQ(error_of(with_params(R"({"arguments":{}})")),
            R"({"code":-32602,"message":"name must be a string"})");
}

TEST_F(Hostile, WrongArgumentsAreToolErrors) {
  const std::string unknown = ask(with_params(R"({"name":"briefing","arguments":{"detial":1}})"));
  EXPECT_TRUE(unknown.find(R"("text":"INVALID argument \"detial\" is unknown.)") !=
              std::string::npos)
      << unknown;
  EXPECT_TRUE(unknown.find(R"("isError":true)") != std::string::npos);
  const std::string list = ask(with_params(R"({"name":"briefing","arguments":[1]})"));
  EXPECT_TRUE(list.find("INVALID the arguments: got array [1]; expected an object") !=
              std::string::npos)
      << list;
}

TEST_F(Hostile, OperatorCallsAreNotForAgents) {
  EXPECT_TRUE(
      error_of(R"({"jsonrpc":"2.0","id":1,"method":"pawl/operator","params":{"name":"status"}})")
          .starts_with(R"({"code":-32601)"));
  EXPECT_TRUE(error_of(with_params(R"({"name":"status","arguments":{}})"))
                  .starts_with(R"({"code":-32602,"message":"unknown tool)"));
}

TEST_F(Hostile, AHelloAfterTheFirstMessageChangesNothing) {
  session.receive(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  session.receive(
      R"({"jsonrpc":"2.0","method":"pawl/hello","params":{"directory":"/","agent":"boss","client":"cli"}})");
  EXPECT_TRUE(
      error_of(R"({"jsonrpc":"2.0","id":1,"method":"pawl/operator","params":{"name":"status"}})")
          .starts_with(R"({"code":-32601)"));
}

TEST_F(Hostile, AServiceThatThrows) {
  world.briefing = []() -> Result<Briefing> { throw std::runtime_error("boom"); };
  const std::string answer = ask(with_params(R"({"name":"briefing"})"));
  EXPECT_TRUE(answer.find(R"("text":"INTERNAL unexpected: boom.)") != std::string::npos) << answer;
  EXPECT_TRUE(answer.find(R"("isError":true)") != std::string::npos);
}

TEST_F(Hostile, AMessageThatTheTransportCutOff) {
  session.refuse_long_line(4'194'304);
  EXPECT_EQ(
      outbox.next(),
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a message is longer than 4194304 bytes"}})");
}

TEST_F(Hostile, ACursorForAListOfOnePage) {
  EXPECT_TRUE(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}})")
                  .starts_with(R"({"code":-32602)"));
}
