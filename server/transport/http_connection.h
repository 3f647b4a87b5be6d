// One client's TCP connection: what came and is not read yet, what is to go out, and until when the
// next thing has to happen. Guarded by its mutex; never blocks.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "server/transport/http_gate.h"
#include "server/transport/http_reader.h"
#include "server/transport/socket.h"

namespace pawl {

struct HttpConnection {
  enum class Phase {
    kReading,    // a request, or waiting for one
    kAnswering,  // a long call runs
    kDraining,   // refused: what still comes is thrown away, so that the refusal arrives
    kClosed,
  };
  enum class Read { kSome, kNothing, kEnd };

  HttpConnection(std::uint64_t number, Descriptor client, const HttpLimits& limits)
      : id(number), socket(std::move(client)), reader(limits) {}

  // Takes what is there, at most one buffer full.
  Read read_some();

  // Appends, and sends what the client takes now. False: it is gone.
  bool send(std::string_view bytes);
  bool flush();
  std::size_t unsent() const { return out.size() - sent; }
  bool has_unsent() const { return unsent() > 0; }

  const std::uint64_t id;
  const Descriptor socket;

  std::mutex mutex;
  Phase phase = Phase::kReading;
  RequestReader reader;
  std::string out;
  std::size_t sent = 0;     // of `out`
  std::size_t drained = 0;  // bytes thrown away

  Admitted admitted;        // of the request in hand
  std::string token_owner;  // whose connection it is; empty: nobody's yet
  bool in_request = false;  // its first byte has come
  bool keep_alive = true;
  bool streaming = false;         // the answer is a stream that has begun
  bool chunked = false;           // its form
  bool ends_with_client = false;  // the call in hand is cancelled when the client goes
  bool client_finished = false;   // it sends no more, but may still read
  std::stop_source call{std::nostopstate};

  // Since boot; absent: no hurry.
  std::optional<std::chrono::milliseconds> read_by;  // the next request, or the rest of this one
  std::optional<std::chrono::milliseconds> send_by;  // the client has to read something by then
  std::chrono::milliseconds last_sent{0};
};

}  // namespace pawl
