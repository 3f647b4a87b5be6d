// The daemon's door: newline-delimited JSON-RPC on a Unix socket, one thread and one session a
// connection.
#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <stop_token>

#include "server/core/result.h"
#include "server/protocol/session.h"
#include "server/transport/socket.h"

namespace pawl {

struct SocketLimits {
  std::size_t line_bytes_max = std::size_t{4} << 20U;  // a longer one is refused and skipped
  std::size_t connections_max = 128;
  std::chrono::seconds send_timeout{30};  // a client that does not read is cut off
  bool open_to_group = false;             // whoever may enter the socket's folder may connect
};

class SocketServer {
 public:
  // Binds and listens: clients may connect from here on, and are served by run().
  static Result<std::unique_ptr<SocketServer>> open(const std::filesystem::path& path,
                                                    const Backend& backend,
                                                    const SocketLimits& limits = {});
  ~SocketServer();  // removes the socket file
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  // Serves until `stop` is asked; returns when every connection has ended. Waits are then answered
  // early.
  void run(const std::stop_token& stop);

 private:
  struct Connection;
  SocketServer(Descriptor listener, Descriptor wake, std::filesystem::path path,
               const Backend& backend, const SocketLimits& limits);
  void accept_one();
  void serve(Connection& connection) const;
  void reap();

  Descriptor listener_;
  Descriptor wake_;  // an eventfd, written when stop is asked
  std::filesystem::path path_;
  Backend backend_;
  SocketLimits limits_;
  std::list<std::unique_ptr<Connection>> connections_;  // run()'s thread alone uses it
};

}  // namespace pawl
