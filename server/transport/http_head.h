// The head of an HTTP/1.1 request (RFC 9112), read strictly: two programs that read one request
// differently is how requests are smuggled, so what is ambiguous is refused.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pawl {

struct HttpLimits {
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t head_lines_max = 100;
  std::size_t body_bytes_max = std::size_t{4} << 20U;
  std::size_t connections_max = 2'048;
  std::size_t connections_per_token_max = 256;
  std::size_t calls_per_token_max = 64;  // of those that take long, at once
  std::chrono::milliseconds head_time{
      10'000};  // from a request's first byte to the end of its head
  std::chrono::milliseconds body_time{30'000};   // from there to the end of its body
  std::chrono::milliseconds send_time{30'000};   // a client that does not read is cut off
  std::chrono::milliseconds idle_time{120'000};  // between two requests
  std::chrono::milliseconds beat{10'000};        // a stream is never silent for longer
  std::chrono::milliseconds tick{1'000};         // how often all these are looked at
};

// A request that goes no further. `headers`: whole lines, each with its end.
struct HttpRefusal {
  int status = 400;
  std::string why;
  std::string headers{};
};

struct RequestHead {
  std::string method;
  std::string path;  // without the query
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  bool can_stream = true;                                      // HTTP/1.0 knows no chunks
  std::size_t length = 0;                                      // of the body, unless chunked
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case

  bool has_body() const { return chunked || length > 0; }
  // The only value of a header; those that matter here may not come twice.
  std::optional<std::string> find(std::string_view name) const;
};

// `text`: lines that end with CRLF, the empty one that ends the head included.
std::expected<RequestHead, HttpRefusal> parse_head(std::string_view text, const HttpLimits& limits);

// True when a comma-separated header names `word`, whatever its case and its parameters.
bool lists(std::string_view value, std::string_view word);

}  // namespace pawl
