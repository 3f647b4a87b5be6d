#include "tests/transport/http_daemon.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace pawl {
namespace {

constexpr int kPatienceMilliseconds = 20'000;

}  // namespace

HttpDaemon::HttpDaemon(const HttpLimits& limits) {
  fake::fill(world);
  auto opened = HttpServer::open(0, {service_, clock_, workers_, "0.1.0"}, limits);
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    return;
  }
  server_ = *std::move(opened);
  thread_ = std::jthread([this](const std::stop_token& stop) { server_->run(stop); });
}

void HttpDaemon::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::string HttpAnswer::header(const std::string& name) const {
  const std::string begin = "\r\n" + name + ": ";
  const std::size_t at = head.find(begin);
  if (at == std::string::npos) return "";
  const std::size_t value = at + begin.size();
  return head.substr(value, head.find("\r\n", value) - value);
}

HttpClient::HttpClient(const HttpDaemon& daemon)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(daemon.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

bool HttpClient::send(std::string_view bytes) { return send_all(fd(), bytes).has_value(); }

void HttpClient::finish_sending() { shutdown(fd(), SHUT_WR); }

bool HttpClient::fill() {
  pollfd entry{fd(), POLLIN, 0};
  if (poll(&entry, 1, kPatienceMilliseconds) != 1) {
    ADD_FAILURE() << "nothing came in time";
    return false;
  }
  std::array<char, 64 * 1024> bytes{};
  const ssize_t got = recv(fd(), bytes.data(), bytes.size(), 0);
  if (got > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string HttpClient::line() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return "";
  }
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return text;
}

std::string HttpClient::take(std::size_t count) {
  while (buffer_.size() < count && fill()) {
  }
  std::string text = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return text;
}

std::string HttpClient::chunk() {
  const std::string size = line();
  if (size.empty()) return "";
  std::string text = take(std::stoul(size, nullptr, 16));
  EXPECT_EQ(line(), "");
  return text;
}

std::string HttpClient::receive_head() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return "";
  }
  std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  return head;
}

HttpAnswer HttpClient::receive() {
  HttpAnswer answer{.head = receive_head(), .body = {}};
  if (answer.head.empty()) return answer;
  answer.status = std::stoi(answer.head.substr(9, 3));
  if (answer.header("Transfer-Encoding") == "chunked") {
    for (std::string part = chunk(); !part.empty(); part = chunk()) answer.body += part;
  } else if (answer.status != 100) {
    answer.body = take(std::stoul(answer.header("Content-Length")));
  }
  return answer;
}

std::string HttpClient::receive_event() {
  for (;;) {
    const std::size_t end = events_.find("\n\n");
    if (end == std::string::npos) {
      const std::string part = chunk();
      if (part.empty()) return "";
      events_ += part;
      continue;
    }
    const std::string event = events_.substr(0, end);
    events_.erase(0, end + 2);
    const std::string begin = "event: message\ndata: ";
    if (event.starts_with(begin)) return event.substr(begin.size());
    EXPECT_TRUE(event.starts_with(": ")) << event;  // a comment
  }
}

bool HttpClient::is_closed() {
  while (fill()) {
  }
  return !testing::Test::HasFailure();
}

HttpAnswer HttpClient::ask(std::string_view bytes) {
  send(bytes);
  return receive();
}

std::string post(const std::string& body, const std::string& more) {
  return "POST /mcp HTTP/1.1\r\n" + kHost + kToken + kJsonType + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string modern_post(const std::string& method, const std::string& name, const std::string& meta,
                        const std::string& more) {
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{)" +
                           (name.empty() ? "" : R"("name":")" + name + R"(",)") + R"("_meta":{)" +
                           meta +
                           R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
  return post(body, "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + method + "\r\n" +
                        (name.empty() ? "" : "Mcp-Name: " + name + "\r\n") + more);
}

}  // namespace pawl
