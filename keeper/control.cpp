#include "keeper/control.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>

#include "keeper/files.h"

namespace pawl::keeper {
namespace {

constexpr std::size_t kClientsMax = 16;
constexpr std::size_t kLineBytesMax = 256;

}  // namespace

Result<Fd> listen_at(int folder, const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A socket's path holds 108 bytes; this one is short however deep the folder lies.
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  unlinkat(folder, name, 0);  // of a keeper that died between its lock and its state
  Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.open()) return io_error("make socket", name);
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return io_error("bind socket", name);
  }
  if (listen(listener.get(), kClientsMax) != 0) return io_error("listen on socket", name);
  return listener;
}

Result<Control> Control::listen_in(int folder) {
  TRY(Fd listener, listen_at(folder, kControlSocket));
  return Control(std::move(listener));
}

void Control::watch(std::vector<pollfd>& polled) const {
  polled.push_back({listener_.get(), POLLIN, 0});
  for (const Client& client : clients_) polled.push_back({client.socket.get(), POLLIN, 0});
}

bool Control::serve(std::string_view phase) {
  accept_all();
  bool stop = false;
  for (Client& client : clients_) stop = read_from(client, phase) || stop;
  std::erase_if(clients_, [](const Client& client) { return client.gone; });
  return stop;
}

void Control::announce(std::string_view line) {
  announced_ += line;
  for (Client& client : clients_) send_to(client, line);
}

void Control::accept_all() {
  for (std::size_t accepted = 0; accepted < kClientsMax; ++accepted) {  // the rest at the next turn
    Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.open()) return;
    // The newest is the likeliest to be alive.
    if (clients_.size() == kClientsMax) clients_.erase(clients_.begin());
    clients_.push_back({.socket = std::move(socket)});
    send_to(clients_.back(), announced_);
  }
}

bool Control::read_from(Client& client, std::string_view phase) {
  char buffer[256];
  const ssize_t got = recv(client.socket.get(), buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0 || client.line.size() > kLineBytesMax) {
    client.gone = true;
    return false;
  }
  client.line.append(buffer, static_cast<std::size_t>(got));
  bool stop = false;
  for (std::size_t end = client.line.find('\n'); end != std::string::npos;
       end = client.line.find('\n')) {
    const std::string line = client.line.substr(0, end + 1);
    client.line.erase(0, end + 1);
    if (line == kStop) stop = true;
    if (line == kPing) send_to(client, "running " + std::string(phase) + "\n");
  }
  return stop;
}

void Control::send_to(Client& client, std::string_view text) {
  if (text.empty()) return;
  const ssize_t sent =
      send(client.socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  // It is dropped only after it was read: one that says "stop" and leaves is obeyed.
  if (sent != static_cast<ssize_t>(text.size())) client.gone = true;
}

}  // namespace pawl::keeper
