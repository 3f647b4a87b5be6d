#include "server/transport/http_head.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace pawl {
namespace {

constexpr std::size_t kTargetMax = 2'048;

// Headers that decide something: a second one would leave it open which counts.
constexpr std::array<std::string_view, 10> kOnlyOnce = {
    "host",         "authorization",        "origin",     "content-length", "transfer-encoding",
    "content-type", "mcp-protocol-version", "mcp-method", "mcp-name",       "expect"};

std::unexpected<HttpRefusal> refuse(int status, std::string why) {
  return std::unexpected(HttpRefusal{status, std::move(why)});
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

// Bytes above 127 may come in values; controls may not.
bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 32 && byte != 127);
  });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return small;
}

// "POST /mcp HTTP/1.1"
std::expected<void, HttpRefusal> read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "bad request line");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return refuse(400, "bad method");
  if (target.size() > kTargetMax) return refuse(414, "the target is longer than 2048 bytes");
  if (!target.starts_with('/') || !is_visible(target)) return refuse(400, "bad target");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return refuse(version.starts_with("HTTP/") ? 505 : 400, "only HTTP/1.1 is spoken here");
  }
  head.method = method;
  head.path = target.substr(0, target.find('?'));
  head.can_stream = head.keep_alive = version == "HTTP/1.1";
  return {};
}

std::expected<void, HttpRefusal> read_field(std::string_view line, RequestHead& head) {
  const std::size_t colon = line.find(':');
  // A name that is no token covers folded lines and blanks before the colon, too.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return refuse(400, "bad header line");
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_value(value)) return refuse(400, "a header holds control characters");
  std::string name = lower(line.substr(0, colon));
  if (std::ranges::find(kOnlyOnce, name) != kOnlyOnce.end() && head.find(name))
    return refuse(400, "header " + name + " comes twice");
  head.headers.emplace_back(std::move(name), value);
  return {};
}

std::expected<void, HttpRefusal> read_framing(RequestHead& head, const HttpLimits& limits) {
  const auto length = head.find("content-length");
  const auto encoding = head.find("transfer-encoding");
  if (length && encoding) return refuse(400, "content-length beside transfer-encoding");
  if (encoding) {
    if (!head.can_stream) return refuse(400, "HTTP/1.0 knows no transfer-encoding");
    if (lower(*encoding) != "chunked") return refuse(501, "transfer-encoding is not chunked");
    head.chunked = true;
  }
  if (!length) return {};
  const bool digits =
      !length->empty() && std::ranges::all_of(*length, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return refuse(400, "content-length is no number");
  const auto [end, error] =
      std::from_chars(length->data(), length->data() + length->size(), head.length);
  if (error != std::errc{} || head.length > limits.body_bytes_max) {
    return refuse(413, "a body has at most " + std::to_string(limits.body_bytes_max) + " bytes");
  }
  return {};
}

std::expected<void, HttpRefusal> read_meaning(RequestHead& head, const HttpLimits& limits) {
  if (head.can_stream && !head.find("host")) return refuse(400, "header host is missing");
  for (const auto& [name, value] : head.headers) {
    if (name == "connection" && lists(value, "close")) head.keep_alive = false;
  }
  if (const auto expected = head.find("expect")) {
    if (lower(*expected) != "100-continue") return refuse(417, "only 100-continue can be expected");
    head.expects_continue = true;
  }
  return read_framing(head, limits);
}

}  // namespace

std::optional<std::string> RequestHead::find(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool lists(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view item = value.substr(0, comma);
    if (lower(trimmed(item.substr(0, item.find(';')))) == word) return true;
    value = comma == std::string_view::npos ? "" : value.substr(comma + 1);
  }
  return false;
}

std::expected<RequestHead, HttpRefusal> parse_head(std::string_view text,
                                                   const HttpLimits& limits) {
  RequestHead head;
  std::size_t lines = 0;
  for (;; ++lines) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return refuse(400, "the head has no end");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    if (lines > limits.head_lines_max) {
      return refuse(431, "more than " + std::to_string(limits.head_lines_max) + " headers");
    }
    const auto read = lines == 0 ? read_request_line(line, head) : read_field(line, head);
    if (!read) return std::unexpected(read.error());
  }
  if (lines == 0) return refuse(400, "no request line");
  const auto meaning = read_meaning(head, limits);
  if (!meaning) return std::unexpected(meaning.error());
  return head;
}

}  // namespace pawl
