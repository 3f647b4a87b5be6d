#include "server/transport/channel.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

namespace pawl {
namespace {

struct Reading {
  Descriptor socket;
  std::string buffer{};
};

Result<std::string> receive_line(Reading& reading) {
  for (;;) {
    if (const std::size_t end = reading.buffer.find('\n'); end != std::string::npos) {
      std::string line = reading.buffer.substr(0, end);
      reading.buffer.erase(0, end + 1);
      return line;
    }
    std::array<char, 64 * 1024> bytes{};
    const ssize_t got = recv(reading.socket.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) return fail(ErrorKind::kEngine, std::string(kInterrupted));
    if (got <= 0) {
      return fail(ErrorKind::kEngine, "the server closed the connection",
                  "Its log is pawl.log in the state directory; jobs that run go on.");
    }
    reading.buffer.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Channel channel_on(Descriptor socket) {
  // Shared: both functions of the channel use the one connection.
  const auto reading = std::make_shared<Reading>(std::move(socket));
  return {
      .send = [reading](std::string_view text) { return send_all(reading->socket.get(), text); },
      .receive = [reading] { return receive_line(*reading); }};
}

}  // namespace pawl
