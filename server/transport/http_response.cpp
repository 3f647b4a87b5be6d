#include "server/transport/http_response.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace pawl {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

std::string begin(const ResponseHead& head) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(head.now);
  std::string text =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", head.status,
                  reason_of(head.status),
                  fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())));
  if (!head.keep_alive) text += "Connection: close\r\n";
  text += head.headers;
  return text;
}

std::string chunk(std::string_view bytes, bool chunked) {
  return chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : std::string(bytes);
}

}  // namespace

std::string response(const ResponseHead& head, std::string_view body) {
  std::string text = begin(head);
  if (!body.empty()) text += fmt::format("Content-Type: {}\r\n", head.type);
  text += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  text += body;
  return text;
}

std::string refusal_response(const HttpRefusal& refusal, const ResponseHead& head) {
  ResponseHead own = head;
  own.status = refusal.status;
  own.type = "text/plain";
  own.headers = refusal.headers;
  return response(own, refusal.why + "\n");
}

std::string stream_begin(const ResponseHead& head, bool chunked) {
  std::string text = begin(head);
  text += "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n";
  if (chunked) text += "Transfer-Encoding: chunked\r\n";
  return text + "\r\n" + stream_beat(chunked);
}

std::string stream_event(std::string_view message, bool chunked) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  return chunk(fmt::format("event: message\ndata: {}\n\n", message), chunked);
}

std::string stream_beat(bool chunked) { return chunk(": pawl\n\n", chunked); }

std::string stream_end(bool chunked) { return chunked ? "0\r\n\r\n" : ""; }

}  // namespace pawl
