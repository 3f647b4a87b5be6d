#include "tests/notify/one_door.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace pawl {
namespace {

std::size_t body_length(const std::string& head) {
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = head.find(kLength);
  std::size_t length = 0;
  if (at != std::string::npos)
    std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), length);
  return length;
}

std::string read_request(int connection) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + body_length(text)) return text;
    const ssize_t count = read(connection, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

OneDoor::OneDoor(std::vector<int> answers) : answers_(std::move(answers)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  listen(listener_, 8);
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

OneDoor::~OneDoor() {
  shutdown(listener_, SHUT_RDWR);
  thread_ = std::jthread();
  close(listener_);
}

std::string OneDoor::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> OneDoor::requests() {
  shutdown(listener_, SHUT_RDWR);
  thread_ = std::jthread();
  return requests_;
}

void OneDoor::serve() {
  for (;;) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    const std::size_t turn = std::min(requests_.size(), answers_.size() - 1);
    requests_.push_back(read_request(connection));
    answer(connection, answers_[turn]);
    close(connection);
  }
}

void OneDoor::answer(int connection, int status) {
  const std::string text = "HTTP/1.1 " + std::to_string(status) +
                           " x\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n"
                           "Connection: close\r\n\r\n";
  if (write(connection, text.data(), text.size()) < 0) return;
}

}  // namespace pawl
