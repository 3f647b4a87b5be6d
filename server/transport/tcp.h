// TCP on this machine only.
#pragma once
#include <cstdint>

#include "server/core/result.h"
#include "server/transport/socket.h"

namespace pawl {

struct TcpListener {
  Descriptor socket;  // does not block
  std::uint16_t port = 0;
};

// On 127.0.0.1; port 0 takes one that is free.
Result<TcpListener> listen_loopback(std::uint16_t port);

// The next client, set up for short answers; nothing (-1) when there is none.
Descriptor accept_tcp(const TcpListener& listener);

}  // namespace pawl
