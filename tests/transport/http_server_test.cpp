// Streamable HTTP on the wire: both eras, streams, and what ends what.
#include <sys/socket.h>

#include <condition_variable>

#include "tests/transport/http_daemon.h"

using namespace pawl;

namespace {

constexpr const char* kLegacyWait =
    R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"wait_jobs"}})";

// A wait that only its stop or finish() ends. No call is left when it goes.
struct LongWait {
  explicit LongWait(HttpDaemon& server) : daemon(server) {
    daemon.world.wait = [this](const WaitRequest&, std::stop_token stop,
                               const auto& progress) -> Result<WaitReply> {
      progress({0, 2});
      std::unique_lock lock(mutex);
      ++begun;
      changed.notify_all();
      const bool opened = changed.wait(lock, stop, [this] { return open; });
      ++(opened ? finished : stopped);
      changed.notify_all();
      return WaitReply{.finished = {}, .waiting = {}, .timed_out = !opened};
    };
  }
  ~LongWait() { daemon.stop(); }
  LongWait(const LongWait&) = delete;
  LongWait& operator=(const LongWait&) = delete;

  void until(const std::function<bool()>& reached) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), reached));
  }
  void finish() {
    const std::scoped_lock lock(mutex);
    open = true;
    changed.notify_all();
  }
  HttpDaemon& daemon;
  std::mutex mutex;
  std::condition_variable_any changed;
  bool open = false;
  int begun = 0, finished = 0, stopped = 0;
};

}  // namespace

TEST(Http, ALegacyClientInitializesListsAndCalls) {
  const HttpDaemon daemon;
  HttpClient client(daemon);
  const HttpAnswer opened = client.ask(
      post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{)"
           R"("protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x"}}})",
           kTakesStreams));
  EXPECT_EQ(opened.status, 200);
  EXPECT_EQ(opened.header("Content-Type"), "application/json");
  EXPECT_EQ(opened.header("Mcp-Session-Id"), "");
  EXPECT_NE(opened.body.find(R"("protocolVersion":"2025-06-18")"), std::string::npos);
  const HttpAnswer noted =
      client.ask(post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"));
  EXPECT_EQ(noted.status, 202);
  EXPECT_EQ(noted.body, "");
  EXPECT_EQ(client.ask(post(kPing)).body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
  const HttpAnswer called = client.ask(
      post(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"briefing"}})",
           kTakesStreams));
  EXPECT_EQ(called.header("Content-Type"), "application/json");  // quick: no stream
  EXPECT_NE(called.body.find(R"("id":2,"result":)"), std::string::npos);
}

TEST(Http, AModernClientDiscoversListsAndCalls) {
  const HttpDaemon daemon;
  HttpClient client(daemon);
  EXPECT_NE(client.ask(modern_post("server/discover")).body.find("supportedVersions"),
            std::string::npos);
  EXPECT_EQ(client.ask(modern_post("tools/list")).status, 200);
  const HttpAnswer called = client.ask(modern_post("tools/call", "briefing"));
  EXPECT_NE(called.body.find(R"("resultType":"complete")"), std::string::npos);
  EXPECT_EQ(client.ask(modern_post("no/such")).status, 404);
  EXPECT_EQ(client.ask(post(kPing, "MCP-Protocol-Version: 2026-07-28\r\n")).status, 400);
}

TEST(Http, TheTokenSaysWhoCalls) {
  HttpDaemon daemon;
  HttpClient client(daemon);
  client.ask(modern_post("tools/call", "briefing"));
  ASSERT_EQ(daemon.world.callers.size(), 1);
  EXPECT_EQ(daemon.world.callers[0].principal, "night");
  EXPECT_EQ(daemon.world.callers[0].directory, "/home/ada/tiny");
}

TEST(Http, NothingIsKeptSoGetAndDeleteAreNotAllowed) {
  const HttpDaemon daemon;
  HttpClient client(daemon);
  for (const std::string method : {"GET", "DELETE", "PUT", "OPTIONS"}) {
    const HttpAnswer answer = client.ask(method + " /mcp HTTP/1.1\r\n" + kHost + kToken + "\r\n");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("Allow"), "POST");
  }
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\n" + kHost + "\r\n").status, 404);
  EXPECT_EQ(client.ask(post(kPing)).status, 200);  // still the same connection
}

TEST(HttpStream, AWaitOpensItsStreamAtOnceAndItsResultComesLast) {
  HttpDaemon daemon;
  LongWait wait(daemon);
  HttpClient client(daemon);
  client.send(modern_post("tools/call", "wait_jobs", R"("progressToken":0,)", kTakesStreams));
  EXPECT_NE(client.receive_head().find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(client.receive_event().find(R"("method":"notifications/progress","params":{)"
                                        R"("progressToken":0,"progress":)"),
            std::string::npos);
  wait.finish();
  EXPECT_TRUE(client.receive_event().starts_with(R"({"jsonrpc":"2.0","id":1,"result":)"));
  EXPECT_EQ(client.receive_event(), "");
  EXPECT_EQ(client.ask(post(kPing)).status, 200);  // the connection lives on
}

TEST(HttpStream, IsNeverSilentForLong) {
  HttpDaemon daemon({.beat = std::chrono::milliseconds(20), .tick = std::chrono::milliseconds(5)});
  LongWait wait(daemon);
  HttpClient client(daemon);
  client.send(modern_post("tools/call", "wait_jobs", "", kTakesStreams));
  client.receive_head();
  for (int i = 0; i < 3; ++i) {  // the first comes with the head
    std::array<char, 13> beat{};
    ASSERT_EQ(recv(client.fd(), beat.data(), beat.size(), MSG_WAITALL), 13);
    EXPECT_EQ(std::string(beat.data(), beat.size()), "8\r\n: pawl\n\n\r\n");
  }
  wait.finish();
}

TEST(HttpStream, AClientThatTakesNoStreamsGetsJson) {
  HttpDaemon daemon;
  HttpClient client(daemon);
  const HttpAnswer answer = client.ask(modern_post("tools/call", "wait_jobs"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_NE(answer.body.find("resultType"), std::string::npos);
}

TEST(HttpStream, ClosingAModernOneCancelsItsCall) {
  HttpDaemon daemon;
  LongWait wait(daemon);
  HttpClient client(daemon);
  client.send(modern_post("tools/call", "wait_jobs", "", kTakesStreams));
  wait.until([&] { return wait.begun == 1; });
  client.hang_up();
  wait.until([&] { return wait.stopped == 1; });
}

TEST(HttpStream, ClosingALegacyOneDoesNot) {
  HttpDaemon daemon;
  LongWait wait(daemon);
  HttpClient client(daemon);
  client.send(post(kLegacyWait, kTakesStreams));
  wait.until([&] { return wait.begun == 1; });
  client.hang_up();
  HttpClient other(daemon);  // by its answer the server has seen the other one go
  EXPECT_EQ(other.ask(post(kPing)).status, 200);
  wait.finish();
  wait.until([&] { return wait.finished == 1; });
  EXPECT_EQ(wait.stopped, 0);
}

TEST(HttpStream, AClientThatOnlySendsNoMoreIsStillAnswered) {
  HttpDaemon daemon;
  LongWait wait(daemon);
  HttpClient client(daemon);
  client.send(modern_post("tools/call", "wait_jobs", "", kTakesStreams));
  client.finish_sending();
  wait.until([&] { return wait.begun == 1; });
  wait.finish();
  const HttpAnswer answer = client.receive();
  EXPECT_NE(answer.body.find("resultType"), std::string::npos) << answer.body;
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpStream, AStopAnswersWaitsEarly) {
  HttpDaemon daemon;
  LongWait wait(daemon);
  HttpClient legacy(daemon);
  HttpClient modern(daemon);
  HttpClient idle(daemon);
  EXPECT_EQ(idle.ask(post(kPing)).status, 200);
  legacy.send(post(kLegacyWait));
  modern.send(modern_post("tools/call", "wait_jobs", "", kTakesStreams));
  wait.until([&] { return wait.begun == 2; });
  daemon.stop();
  EXPECT_NE(legacy.receive().body.find("still_running"), std::string::npos);
  EXPECT_NE(modern.receive().body.find("still_running"), std::string::npos);
  EXPECT_TRUE(idle.is_closed());
}

TEST(HttpStream, ARevokedTokenEndsIt) {
  HttpDaemon daemon({.beat = std::chrono::milliseconds(20), .tick = std::chrono::milliseconds(5)});
  std::atomic<bool> revoked = false;
  const auto known = daemon.world.caller_of;
  daemon.world.caller_of = [&](const std::string& token) -> Result<Caller> {
    if (revoked) return fail(ErrorKind::kDenied, "gone");
    return known(token);
  };
  LongWait wait(daemon);
  HttpClient client(daemon);
  client.send(post(kLegacyWait, kTakesStreams));
  wait.until([&] { return wait.begun == 1; });
  revoked = true;
  wait.until([&] { return wait.stopped == 1; });
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpStream, TooManyLongCallsOfOneTokenAreRefused) {
  HttpDaemon daemon({.calls_per_token_max = 1});
  LongWait wait(daemon);
  HttpClient first(daemon);
  first.send(modern_post("tools/call", "wait_jobs", "", kTakesStreams));
  wait.until([&] { return wait.begun == 1; });
  HttpClient second(daemon);
  const HttpAnswer answer = second.ask(modern_post("tools/call", "wait_jobs", "", kTakesStreams));
  EXPECT_NE(answer.body.find("1 calls are running already"), std::string::npos) << answer.body;
  wait.finish();
}
