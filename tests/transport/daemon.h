// A server on a Unix socket in a folder of its own, with the scripted service behind it.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "server/transport/channel.h"
#include "server/transport/socket_server.h"
#include "tests/tools/fake_service.h"

namespace pawl {

struct TestFolder {
  TestFolder() {
    std::string name = testing::TempDir() + "pawl-test-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path); }

  std::filesystem::path path;
};

class TestDaemon {
 public:
  explicit TestDaemon(const std::filesystem::path& socket, const SocketLimits& limits = {}) {
    fake::fill(world);
    auto opened = SocketServer::open(socket, {service_, clock_, workers_, "0.1.0"}, limits);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return;
    }
    server_ = *std::move(opened);
    thread_ = std::jthread([this](const std::stop_token& stop) { server_->run(stop); });
  }
  ~TestDaemon() { stop(); }

  void stop() {  // returns when every connection has ended
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    server_.reset();
  }

  World world;

 private:
  Service service_{world};
  SystemClock clock_;
  Workers workers_;
  std::unique_ptr<SocketServer> server_;
  std::jthread thread_;
};

// One client's end of the daemon's socket.
class TestClient {
 public:
  explicit TestClient(const std::filesystem::path& socket) {
    auto connected = connect_unix(socket);
    EXPECT_TRUE(connected) << connected.error().message;
    if (connected) channel_ = channel_on(*std::move(connected));
  }

  void send(const std::string& text) { EXPECT_TRUE(channel_.send(text)); }
  std::string receive() {  // one line; "closed" when the server hung up
    auto line = channel_.receive();
    return line ? *line : "closed";
  }
  std::string ask(const std::string& line) {
    send(line + "\n");
    return receive();
  }

 private:
  Channel channel_;
};

}  // namespace pawl
