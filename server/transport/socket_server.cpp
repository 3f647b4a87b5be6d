#include "server/transport/socket_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "server/transport/lines.h"

namespace pawl {

struct SocketServer::Connection {
  Descriptor socket;
  std::atomic<bool> ended = false;
  std::jthread thread{};  // last: it joins before the socket closes
};

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

// Reads until the client has no more to say; the session answers by the same socket.
void read_lines(int socket, std::size_t line_bytes_max, Session& session) {
  std::vector<char> buffer(kReadBytes);
  LineCutter cutter(line_bytes_max);
  for (;;) {
    const ssize_t got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    cutter.feed(
        {buffer.data(), static_cast<std::size_t>(got)},
        [&](std::string_view line) { session.receive(line); },
        [&] { session.refuse_long_line(line_bytes_max); });
  }
}

void refuse_connection(int socket, std::size_t connections_max) {
  const std::string line = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":")"
                           "the server has its " +
                           std::to_string(connections_max) +
                           R"( connections already"}})"
                           "\n";
  send(socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Result<std::unique_ptr<SocketServer>> SocketServer::open(const std::filesystem::path& path,
                                                         const Backend& backend,
                                                         const SocketLimits& limits) {
  TRY(Descriptor listener, listen_unix(path, limits.open_to_group ? 0660 : 0600));
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return fail(ErrorKind::kEngine, "could not make an eventfd");
  return std::unique_ptr<SocketServer>(
      new SocketServer(std::move(listener), std::move(wake), path, backend, limits));
}

SocketServer::SocketServer(Descriptor listener, Descriptor wake, std::filesystem::path path,
                           const Backend& backend, const SocketLimits& limits)
    : listener_(std::move(listener)),
      wake_(std::move(wake)),
      path_(std::move(path)),
      backend_(backend),
      limits_(limits) {}

SocketServer::~SocketServer() {
  std::error_code ignored;  // somebody may have removed it before
  std::filesystem::remove(path_, ignored);
}

void SocketServer::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { eventfd_write(wake_.get(), 1); });
  std::array<pollfd, 2> fds = {pollfd{listener_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
  while (!stop.stop_requested()) {
    if (poll(fds.data(), fds.size(), -1) < 0) continue;  // a signal
    if ((fds[0].revents & POLLIN) != 0) accept_one();
    reap();
  }
  for (const auto& connection : connections_) shutdown(connection->socket.get(), SHUT_RD);
  connections_.clear();  // joins
}

void SocketServer::accept_one() {
  Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (client.get() < 0) return;  // the client went away, or we have no descriptor for it now
  reap();
  if (connections_.size() >= limits_.connections_max) {
    return refuse_connection(client.get(), limits_.connections_max);
  }
  const timeval patience{limits_.send_timeout.count(), 0};
  setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  connections_.push_back(std::make_unique<Connection>(std::move(client)));
  Connection& connection = *connections_.back();
  connection.thread = std::jthread([this, &connection] { serve(connection); });
}

void SocketServer::serve(Connection& connection) const {
  const int socket = connection.socket.get();
  const auto principal = peer_principal(socket);
  if (principal) {
    const auto sink = [socket](std::string_view line) {
      // A client that is gone or does not read: ending the reading ends the session.
      if (!send_all(socket, line)) shutdown(socket, SHUT_RDWR);
    };
    Session session(backend_, {.principal = *principal, .agent = {}, .directory = {}}, sink);
    read_lines(socket, limits_.line_bytes_max, session);
    session.finish();
  }
  shutdown(socket, SHUT_RDWR);  // the descriptor itself is closed when the thread was joined
  connection.ended = true;
}

void SocketServer::reap() {
  std::erase_if(connections_, [](const auto& connection) { return connection->ended.load(); });
}

}  // namespace pawl
