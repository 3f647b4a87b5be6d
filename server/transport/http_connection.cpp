#include "server/transport/http_connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace pawl {

HttpConnection::Read HttpConnection::read_some() {
  std::array<char, 64 * 1024> bytes;  // NOLINT: filled by the next line
  const ssize_t got = recv(socket.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Read::kNothing : Read::kEnd;
  if (got == 0) return Read::kEnd;
  const auto count = static_cast<std::size_t>(got);
  if (phase == Phase::kReading) reader.append({bytes.data(), count});
  if (phase == Phase::kDraining) drained += count;
  return Read::kSome;
}

bool HttpConnection::send(std::string_view bytes) {
  out += bytes;
  return flush();
}

bool HttpConnection::flush() {
  while (has_unsent()) {
    const ssize_t took =
        ::send(socket.get(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took < 0 && errno == EINTR) continue;
    if (took < 0) return errno == EAGAIN;
    sent += static_cast<std::size_t>(took);
  }
  out.clear();
  sent = 0;
  return true;
}

}  // namespace pawl
