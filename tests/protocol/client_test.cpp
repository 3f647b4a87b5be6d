// The command line's client against a real session.
#include "server/protocol/client.h"

#include "tests/protocol/fixture.h"

using namespace pawl;

class ClientCalls : public SessionTest {
 protected:
  Client client{{.send = [this](std::string_view text) -> Result<void> {
                   for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
                     session.receive(text.substr(0, end));
                     text.remove_prefix(end + 1);
                   }
                   return {};
                 },
                 .receive = [this]() -> Result<std::string> { return outbox.next(); }},
                {.directory = "/home/ada/tiny", .agent = "a1"}};
};

TEST_F(ClientCalls, AnAnswerHasTextAndJson) {
  const auto answer = client.call(
      "wait_jobs", {{"jobs", std::vector<std::string>{"042"}}, {"timeout_s", std::int64_t{5}}});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->text.starts_with("1 job finished"));
  EXPECT_TRUE(answer->structured.starts_with(R"({"summary":"1 job finished)"));
  EXPECT_EQ(answer->code, "");
  EXPECT_EQ(world.callers[0].directory, "/home/ada/tiny");
}

TEST_F(ClientCalls, ATextOnlyAnswerIsJsonToo) {
  const auto answer = client.call("get_logs", {{"job", "042"}});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->structured.starts_with(R"({"text":"042: 14 of 14 bytes)"));
}

TEST_F(ClientCalls, AToolErrorHasItsCode) {
  world.job = [](const std::string&) -> Result<JobDetail> {
    return fail(ErrorKind::kNotFound, "no job 42");
  };
  const auto answer = client.call("get_job", {{"job", "042"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, "NOT_FOUND");
  EXPECT_EQ(answer->structured, R"({"code":"NOT_FOUND","error":"NOT_FOUND no job 42."})");
}

TEST_F(ClientCalls, AnUnknownToolIsAnInvalidRequest) {
  const auto answer = client.call("breifing", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(answer.error().message, "unknown tool \"breifing\". Did you mean \"briefing\"?");
}

TEST_F(ClientCalls, ArgumentsAsTextMustBeJson) {
  EXPECT_FALSE(client.call_text("briefing", "{"));
  EXPECT_TRUE(client.call_text("briefing", R"({"detail":"detailed"})"));
}

TEST_F(ClientCalls, StatusTellsHeldAndStillRunning) {
  world.wait = [](const WaitRequest&, std::stop_token, const auto&) -> Result<WaitReply> {
    return WaitReply{.finished = {}, .waiting = {}, .timed_out = true};
  };
  EXPECT_EQ(client.call("wait_jobs", {})->status, "still_running");
}

TEST_F(ClientCalls, OperatorToolsAreReachable) {
  const auto answer = client.operate("jobs", {{"limit", std::int64_t{5}}});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->text.starts_with("1 job: 1 succeeded."));
}
