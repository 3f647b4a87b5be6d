#include "server/transport/pump.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace pawl {
namespace {

constexpr int kAnswerMilliseconds = 5'000;  // for the daemon's last words after the input ended
constexpr std::size_t kPipeBytes = 4'096;   // a writable pipe takes so many without blocking

bool is_writable(int fd) {
  pollfd entry{fd, POLLOUT, 0};
  return poll(&entry, 1, 0) == 1 && (entry.revents & POLLOUT) != 0;
}

}  // namespace

Pump::End Pump::run() {
  for (;;) {
    const Ready ready = wait();
    if (ready.signal) return End::kSignal;
    if (ready.client_gone) return End::kClientGone;
    if (ready.nothing) return End::kInputEnded;
    if (ready.input && !fill(ends_.input, up_)) input_open_ = false;
    if (!carry_up()) return End::kDaemonGone;
    if (ready.socket && down_.empty() && !fill(ends_.socket, down_)) {
      return input_open_ ? End::kDaemonGone : End::kInputEnded;
    }
    if (!carry_down()) return End::kClientGone;
  }
}

Pump::Ready Pump::wait() {
  const bool wants_input = input_open_ && up_.empty();
  const auto bit = [](bool wanted, short event) { return wanted ? event : short{0}; };
  const int from_daemon = bit(down_.empty(), POLLIN) | bit(!up_.empty(), POLLOUT);
  std::array<pollfd, 4> fds = {pollfd{wants_input ? ends_.input : -1, POLLIN, 0},
                               pollfd{ends_.socket, static_cast<short>(from_daemon), 0},
                               pollfd{ends_.output, bit(!down_.empty(), POLLOUT), 0},
                               pollfd{ends_.signals, POLLIN, 0}};
  const int count = poll(fds.data(), fds.size(), input_open_ ? -1 : kAnswerMilliseconds);
  if (count < 0) return {};  // interrupted
  return {.input = fds[0].revents != 0,
          .socket = (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0,
          .signal = fds[3].revents != 0,
          .client_gone = (fds[2].revents & POLLERR) != 0,
          .nothing = count == 0};
}

bool Pump::fill(int from, Buffer& buffer) {
  const ssize_t got = read(from, buffer.bytes.data(), buffer.bytes.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  buffer.begin = 0;
  buffer.end = static_cast<std::size_t>(got);
  return got > 0;
}

bool Pump::carry_up() {
  if (!up_.empty()) {
    const std::string_view rest = up_.rest();
    const ssize_t sent = send(ends_.socket, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    up_.begin += sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  // Told each time: harmless, and the daemon then answers what is open and hangs up.
  if (!input_open_ && up_.empty()) shutdown(ends_.socket, SHUT_WR);
  return true;
}

bool Pump::carry_down() {
  while (!down_.empty() && is_writable(ends_.output)) {
    const std::string_view rest = down_.rest();
    const ssize_t written = write(ends_.output, rest.data(), std::min(rest.size(), kPipeBytes));
    if (written < 0 && errno != EAGAIN && errno != EINTR) return false;
    down_.begin += written > 0 ? static_cast<std::size_t>(written) : 0;
  }
  return true;
}

}  // namespace pawl
