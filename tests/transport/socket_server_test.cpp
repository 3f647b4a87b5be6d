#include "server/transport/socket_server.h"

#include <condition_variable>

#include "tests/transport/daemon.h"

using namespace pawl;

namespace {

const std::string kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
const std::string kPong = R"({"jsonrpc":"2.0","id":1,"result":{}})";
const std::string kWait =
    R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"wait_jobs"}})";

class Door : public testing::Test {
 protected:
  TestFolder folder;
  std::filesystem::path socket = folder.path / "pawl.sock";
};

// A wait that only the client's end or the server's stop ends; `begun` tells that it runs.
struct LongWait {
  explicit LongWait(World& world) {
    world.wait = [this](const WaitRequest&, std::stop_token stop,
                        const auto&) -> Result<WaitReply> {
      std::unique_lock lock(mutex);
      ++begun;
      changed.notify_all();
      changed.wait(lock, stop, [] { return false; });
      ++ended;
      changed.notify_all();
      return WaitReply{.finished = {}, .waiting = {}, .timed_out = true};
    };
  }
  void until(const std::function<bool()>& reached) {
    std::unique_lock lock(mutex);
    changed.wait(lock, reached);
  }
  std::mutex mutex;
  std::condition_variable_any changed;
  int begun = 0, ended = 0;
};

}  // namespace

TEST_F(Door, ServesSeveralClientsAtOnce) {
  TestDaemon daemon(socket);
  TestClient first(socket);
  TestClient second(socket);
  EXPECT_EQ(first.ask(kPing), kPong);
  EXPECT_EQ(second.ask(kPing), kPong);
  EXPECT_EQ(first.ask(kPing), kPong);
}

TEST_F(Door, ALineOverTheLimitIsRefusedAndTheConnectionLives) {
  TestDaemon daemon(socket, {.line_bytes_max = 1'000});
  TestClient client(socket);
  EXPECT_EQ(
      client.ask(std::string(100'000, 'x')),
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a message is longer than 1000 bytes"}})");
  EXPECT_EQ(client.ask(kPing), kPong);
}

TEST_F(Door, MoreConnectionsThanTheLimitAreTurnedAway) {
  TestDaemon daemon(socket, {.connections_max = 2});
  TestClient first(socket);
  EXPECT_EQ(first.ask(kPing), kPong);
  {
    TestClient second(socket);
    EXPECT_EQ(second.ask(kPing), kPong);
    TestClient third(socket);
    EXPECT_EQ(
        third.receive(),
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"the server has its 2 connections already"}})");
    EXPECT_EQ(third.receive(), "closed");
  }
  EXPECT_EQ(first.ask(kPing), kPong);
}

TEST_F(Door, AClientThatGoesAwayEndsItsWait) {
  TestDaemon daemon(socket);
  LongWait wait(daemon.world);
  {
    TestClient client(socket);
    client.send(kWait + "\n");
    wait.until([&] { return wait.begun == 1; });
  }
  wait.until([&] { return wait.ended == 1; });
}

TEST_F(Door, AStopAnswersWaitsAndRemovesTheSocket) {
  TestDaemon daemon(socket);
  LongWait wait(daemon.world);
  TestClient client(socket);
  client.send(kWait + "\n");
  wait.until([&] { return wait.begun == 1; });
  daemon.stop();
  EXPECT_NE(client.receive().find("still_running"), std::string::npos);
  EXPECT_EQ(client.receive(), "closed");
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(Door, AClientThatNeverReadsIsCutOff) {
  TestDaemon daemon(socket, {.send_timeout = std::chrono::seconds(1)});
  auto connected = connect_unix(socket);
  ASSERT_TRUE(connected);
  const std::string list = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"
                           "\n";
  Result<void> sent;
  for (int i = 0; i < 100'000 && sent; ++i) sent = send_all(connected->get(), list);
  EXPECT_FALSE(sent);  // the server hung up instead of keeping all those answers
  TestClient other(socket);
  EXPECT_EQ(other.ask(kPing), kPong);
}

TEST_F(Door, ThePrincipalIsTheUserThatConnected) {
  TestDaemon daemon(socket);
  TestClient client(socket);
  client.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"briefing"}})");
  ASSERT_EQ(daemon.world.callers.size(), 1);
  EXPECT_FALSE(daemon.world.callers[0].principal.empty());
}
