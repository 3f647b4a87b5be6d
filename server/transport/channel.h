// A connection to the daemon as the command line's client uses it.
#pragma once
#include "server/protocol/client.h"
#include "server/transport/socket.h"

namespace pawl {

inline constexpr std::string_view kInterrupted = "interrupted";  // receive's error after a signal

// Takes the socket over. A signal without SA_RESTART ends a blocked receive with an error.
Channel channel_on(Descriptor socket);

}  // namespace pawl
