#include "server/transport/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace pawl {
namespace {

constexpr int kBacklog = 1'024;

std::unexpected<Error> failed(std::uint16_t port, int error) {
  return fail(ErrorKind::kEngine,
              "could not listen on 127.0.0.1:" + std::to_string(port) + ": " + std::strerror(error),
              error == EADDRINUSE ? "Another program has this port: choose one with --http PORT "
                                    "or PAWL_HTTP, or 0 for any that is free."
                                  : "");
}

}  // namespace

Result<TcpListener> listen_loopback(std::uint16_t port) {
  TcpListener listener{
      .socket = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  const int fd = listener.socket.get();
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  // A server that just ended leaves connections behind that would keep the port for a minute.
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, where, size) != 0 || listen(fd, kBacklog) != 0 ||
      getsockname(fd, where, &size) != 0) {
    return failed(port, errno);
  }
  listener.port = ntohs(address.sin_port);
  return listener;
}

Descriptor accept_tcp(const TcpListener& listener) {
  Descriptor client(accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  const int on = 1;
  if (client.get() >= 0) setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return client;
}

}  // namespace pawl
