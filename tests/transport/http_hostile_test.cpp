// What a broken or hostile HTTP client may do, by name. The server answers or hangs up, and serves
// the next one.
#include <sys/resource.h>

#include <algorithm>
#include <future>

#include "tests/transport/http_daemon.h"

using namespace pawl;
using std::chrono::milliseconds;

namespace {

constexpr HttpLimits kHasty = {.head_time = milliseconds(100),
                               .body_time = milliseconds(100),
                               .send_time = milliseconds(200),
                               .idle_time = milliseconds(100),
                               .tick = milliseconds(10)};

std::string with_host(const std::string& host) {
  return "POST /mcp HTTP/1.1\r\nHost: " + host + "\r\n" + kToken + kJsonType +
         "Content-Length: " + std::to_string(kPing.size()) + "\r\n\r\n" + kPing;
}

std::string headers_only(const std::string& more) {
  return "POST /mcp HTTP/1.1\r\n" + kHost + kToken + kJsonType + more + "\r\n";
}

int status_of(const HttpDaemon& daemon, const std::string& request) {
  return HttpClient(daemon).ask(request).status;
}

class HostileHttp : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(status_of(daemon, post(kPing)), 200); }
  HttpDaemon daemon;
};

class HastyHttp : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(status_of(daemon, post(kPing)), 200); }
  std::promise<void> stopped;  // outlives the daemon's calls
  HttpDaemon daemon{kHasty};
};

}  // namespace

TEST_F(HostileHttp, WithoutATokenNothingOpens) {
  HttpClient client(daemon);
  const HttpAnswer none = client.ask("POST /mcp HTTP/1.1\r\n" + kHost + kJsonType + "\r\n");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.header("WWW-Authenticate"),
            "Bearer realm=\"pawl\", "
            "resource_metadata=\"http://127.0.0.1/.well-known/oauth-protected-resource\"");
  for (const std::string wrong : {"Bearer pawl_secre", "Bearer pawl_secret2", "Bearer ", "bearer",
                                  "Basic cGF3bF9zZWNyZXQ=", "pawl_secret"}) {
    EXPECT_EQ(status_of(daemon, "POST /mcp HTTP/1.1\r\n" + kHost + kJsonType +
                                    "Authorization: " + wrong + "\r\n\r\n"),
              401)
        << wrong;
  }
  EXPECT_EQ(
      status_of(daemon, "POST /mcp?token=pawl_secret HTTP/1.1\r\n" + kHost + kJsonType + "\r\n"),
      401);
  EXPECT_TRUE(daemon.world.callers.empty());
}

TEST_F(HostileHttp, TheMetadataNeedsNone) {
  HttpClient client(daemon);
  for (const std::string path :
       {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"}) {
    const HttpAnswer answer =
        client.ask("GET " + path + " HTTP/1.1\r\nHost: localhost:7723\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              "{\"resource\":\"http://localhost:7723/mcp\",\"resource_name\":\"pawl\","
              "\"bearer_methods_supported\":[\"header\"]}\n");
  }
}

TEST_F(HostileHttp, ARebindingHostOrOriginStaysOut) {
  for (const std::string host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil", "::1",
                                 "127.0.0.1:port", "127.0.0.1:", "192.168.0.1", ""}) {
    EXPECT_EQ(status_of(daemon, with_host(host)), 403) << host;
  }
  for (const std::string host : {"127.0.0.1", "127.0.0.1:7723", "localhost", "[::1]:7723"}) {
    EXPECT_EQ(status_of(daemon, with_host(host)), 200) << host;
  }
  for (const std::string origin : {"null", "http://evil.example", "https://localhost.evil",
                                   "http://127.0.0.1@evil.example", "file://", ""}) {
    EXPECT_EQ(status_of(daemon, post(kPing, "Origin: " + origin + "\r\n")), 403) << origin;
  }
  EXPECT_EQ(status_of(daemon, post(kPing, "Origin: http://localhost:6274\r\n")), 200);
}

TEST_F(HostileHttp, ACrossSiteFormIsNotJson) {
  EXPECT_EQ(status_of(daemon, "POST /mcp HTTP/1.1\r\n" + kHost + kToken +
                                  "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
            415);
  EXPECT_EQ(status_of(daemon, "POST /mcp HTTP/1.1\r\n" + kHost + kToken + "\r\n"), 415);
}

TEST_F(HostileHttp, ABodyOf100MegabytesIsRefusedByItsHead) {
  EXPECT_EQ(status_of(daemon, headers_only("Content-Length: 104857600\r\n")), 413);
  EXPECT_EQ(status_of(daemon, headers_only("Content-Length: 99999999999999999999999\r\n")), 413);
}

TEST_F(HostileHttp, ChunksOf64MegabytesAreCutOffAtTheLimit) {
  HttpClient client(daemon);
  client.send(headers_only("Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  int sent = 0;
  while (sent < 1'024 && client.send(chunk)) ++sent;
  EXPECT_LT(sent, 1'024);  // refused, and hung up on as it goes on
}

TEST_F(HostileHttp, AChunkThatClaimsTooMuchIsRefusedBeforeItComes) {
  HttpClient client(daemon);
  client.send(headers_only("Transfer-Encoding: chunked\r\n") + "4000001\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(HostileHttp, TwoHundredThousandHeaders) {
  std::string request = "POST /mcp HTTP/1.1\r\n" + kHost;
  for (int i = 0; i < 200'000; ++i) request += "a: b\r\n";
  HttpClient client(daemon);
  client.send(request);
  EXPECT_EQ(client.receive().status, 431);
  std::string few = "POST /mcp HTTP/1.1\r\n" + kHost;
  for (int i = 0; i < 101; ++i) few += "a: b\r\n";
  EXPECT_EQ(status_of(daemon, few + "\r\n"), 431);
}

TEST_F(HostileHttp, SmugglersAreRefused) {
  for (const std::string framing :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n", "Content-Length: 0x5\r\n", "Content-Length: \r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Content-Length : 5\r\n",
        "Content-Length: 5\r\n folded: x\r\n", "\x01: x\r\n", "a: b\x01\r\n", "Host: 127.0.0.1\r\n",
        "Authorization: Bearer x\r\n", "no colon\r\n"}) {
    HttpClient client(daemon);
    EXPECT_EQ(client.ask(headers_only(framing)).status, 400) << framing;
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_EQ(status_of(daemon, headers_only("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(status_of(daemon, headers_only("Transfer-Encoding: identity\r\n")), 501);
  EXPECT_EQ(status_of(daemon, "POST /mcp HTTP/1.1\nHost: 127.0.0.1\n\n"), 400);
  EXPECT_EQ(status_of(daemon, "POST /mcp HTTP/1.1\r\n\r\n"), 400);  // no host
  EXPECT_EQ(status_of(daemon, "POST /mcp HTTP/2.0\r\n" + kHost + "\r\n"), 505);
  EXPECT_EQ(status_of(daemon, "POST  /mcp HTTP/1.1\r\n" + kHost + "\r\n"), 400);
  EXPECT_EQ(status_of(daemon, "\x16\x03\x01 TLS\r\n\r\n"), 400);
}

TEST_F(HostileHttp, BadChunksAreRefused) {
  for (const std::string& body :
       std::vector<std::string>{"x\r\n", "-1\r\n", "\r\n", "5\nhello", "5\r\nhelloo\r\n",
                                "000000005\r\n", "5;" + std::string(300, 'e')}) {
    HttpClient client(daemon);
    client.send(headers_only("Transfer-Encoding: chunked\r\n") + body);
    EXPECT_EQ(client.receive().status, 400) << body;
  }
}

TEST_F(HostileHttp, GoodChunksAreABody) {
  HttpClient client(daemon);
  const HttpAnswer answer = client.ask(headers_only("Transfer-Encoding: chunked\r\n") +
                                       "A;x=y\r\n" + kPing.substr(0, 10) + "\r\n1E\r\n" +
                                       kPing.substr(10) + "\r\n0\r\nTrailer: ignored\r\n\r\n");
  EXPECT_EQ(answer.body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n") << answer.head;
}

TEST_F(HostileHttp, Depth100000IsAParseError) {
  const HttpAnswer answer = HttpClient(daemon).ask(post(std::string(100'000, '[')));
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("-32700"), std::string::npos);
}

TEST_F(HostileHttp, PipelinedRequestsAreAnsweredInOrder) {
  HttpClient client(daemon);
  std::string all;
  for (int i = 0; i < 500; ++i) {
    all += post(R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"method":"ping"})");
  }
  client.send(all);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(client.receive().body,
              "{\"jsonrpc\":\"2.0\",\"id\":" + std::to_string(i) + ",\"result\":{}}\n");
  }
}

TEST_F(HostileHttp, ARequestByteByByteIsARequest) {
  HttpClient client(daemon);
  for (const char byte : post(kPing)) client.send({&byte, 1});
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(HostileHttp, OneThatSendsNoMoreGetsItsAnswers) {
  HttpClient client(daemon);
  client.send(post(kPing) + post(kPing));
  client.finish_sending();
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HostileHttp, AHalfSentRequestEndsWithItsClient) {
  HttpClient client(daemon);
  client.send(post(kPing).substr(0, 60));
  client.finish_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HostileHttp, ClosingInTheMiddleAThousandTimes) {
  const std::string request = post(kPing);
  for (std::size_t i = 0; i < 1'000; ++i) {
    HttpClient client(daemon);
    client.send(std::string_view(request).substr(0, i % request.size()));
  }
}

TEST_F(HostileHttp, TheClientIsToldWhenToSendItsBody) {
  HttpClient client(daemon);
  client.send(headers_only(
      "Expect: 100-continue\r\nContent-Length: " + std::to_string(kPing.size()) + "\r\n"));
  EXPECT_EQ(client.receive().status, 100);
  EXPECT_EQ(client.ask(kPing).status, 200);
}

TEST_F(HostileHttp, OldHttpGetsOneAnswer) {
  HttpClient client(daemon);
  client.send("POST /mcp HTTP/1.0\r\n" + kHost + kToken + kJsonType +
              "Content-Length: " + std::to_string(kPing.size()) + "\r\n\r\n" + kPing);
  const HttpAnswer answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HostileHttp, AThousandIdleConnectionsHoldNobodyUp) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4'096);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2'400) GTEST_SKIP() << "only " << limit.rlim_cur << " descriptors";
  HttpDaemon roomy;  // made after the limit was raised
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 1'000; ++i) idle.push_back(std::make_unique<HttpClient>(roomy));
  for (int i = 0; i < 1'000; i += 2) idle[static_cast<std::size_t>(i)]->send("POST /mcp HT");
  HttpClient client(roomy);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.ask(post(kPing)).status, 200);
}

TEST(CrowdedHttp, ConnectionsBeyondTheLimitAreTurnedAway) {
  HttpDaemon daemon({.connections_max = 2});
  HttpClient first(daemon);
  HttpClient second(daemon);
  EXPECT_EQ(first.ask(post(kPing)).status, 200);
  EXPECT_EQ(second.ask(post(kPing)).status, 200);
  EXPECT_EQ(HttpClient(daemon).receive().status, 503);
}

TEST(CrowdedHttp, SoAreThoseOfOneToken) {
  HttpDaemon daemon({.connections_per_token_max = 1});
  {
    HttpClient first(daemon);
    EXPECT_EQ(first.ask(post(kPing)).status, 200);
    EXPECT_EQ(status_of(daemon, post(kPing)), 429);
    EXPECT_EQ(first.ask(post(kPing, "Connection: close\r\n")).status, 200);
    EXPECT_TRUE(first.is_closed());
    first.hang_up();
  }
  int status = 0;
  while ((status = status_of(daemon, post(kPing))) == 429) {  // until it saw the first one go
  }
  EXPECT_EQ(status, 200);
}

TEST_F(HastyHttp, ASlowHeadIsGivenUp) {
  HttpClient client(daemon);
  client.send("POST /mcp HTTP/1.1\r\n");
  EXPECT_EQ(client.receive().status, 408);
}

TEST_F(HastyHttp, ASlowBodyIsGivenUp) {
  HttpClient client(daemon);
  client.send(headers_only("Content-Length: 100\r\n") + "{");
  EXPECT_EQ(client.receive().status, 408);
}

TEST_F(HastyHttp, AnIdleConnectionIsGivenUp) {
  HttpClient silent(daemon);
  EXPECT_TRUE(silent.is_closed());
  HttpClient client(daemon);
  EXPECT_EQ(client.ask(post(kPing)).status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HastyHttp, AStreamThatNobodyReadsIsCutOffAndItsCallStopped) {
  daemon.world.wait = [&](const WaitRequest&, std::stop_token stop,
                          const auto& progress) -> Result<WaitReply> {
    for (std::size_t i = 0; !stop.stop_requested(); ++i) progress({i, i + 1});
    stopped.set_value();
    return WaitReply{};
  };
  HttpClient client(daemon);
  client.send(modern_post("tools/call", "wait_jobs", R"("progressToken":0,)", kTakesStreams));
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(HastyHttp, AClientThatNeverReadsIsCutOff) {
  HttpClient client(daemon);
  const std::string list = post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  int sent = 0;
  while (sent < 100'000 && client.send(list)) ++sent;
  EXPECT_LT(sent, 100'000);
}
