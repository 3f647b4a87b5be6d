// The bytes of answers.
#pragma once
#include <string>
#include <string_view>

#include "server/core/clock.h"
#include "server/transport/http_head.h"

namespace pawl {

struct ResponseHead {
  int status = 200;
  Timestamp now{};
  bool keep_alive = true;
  std::string_view type = "application/json";
  std::string_view headers{};  // more lines, each with its end
};

std::string response(const ResponseHead& head, std::string_view body);

std::string refusal_response(const HttpRefusal& refusal, const ResponseHead& head);

// Server-sent events. Without chunks (HTTP/1.0) the end of the connection ends the stream.
std::string stream_begin(const ResponseHead& head, bool chunked);
std::string stream_event(std::string_view message, bool chunked);  // one message of one line
std::string stream_beat(bool chunked);                             // a comment: nobody reads it
std::string stream_end(bool chunked);

}  // namespace pawl
