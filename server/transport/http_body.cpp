#include "server/transport/http_body.h"

#include <algorithm>
#include <charconv>

namespace pawl {
namespace {

constexpr std::size_t kSizeLineMax = 256;  // a chunk's size with its extensions
constexpr std::size_t kSizeDigitsMax = 8;
constexpr std::size_t kTrailerBytesMax = 4'096;

std::unexpected<HttpRefusal> refuse(int status, std::string why) {
  return std::unexpected(HttpRefusal{status, std::move(why)});
}

}  // namespace

BodyReader::BodyReader(const RequestHead& head, std::size_t bytes_max)
    : bytes_max_(bytes_max),
      part_(head.chunked       ? Part::kSize
            : head.length == 0 ? Part::kDone
                               : Part::kPlain),
      left_(head.length) {}

std::expected<std::size_t, HttpRefusal> BodyReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !done()) {
    const auto taken = feed_part(bytes.substr(used));
    if (!taken) return taken;
    used += *taken;
  }
  return used;
}

std::expected<std::size_t, HttpRefusal> BodyReader::feed_part(std::string_view bytes) {
  switch (part_) {
    case Part::kPlain:
    case Part::kData:
      return copy(bytes);
    case Part::kSize:
    case Part::kDataEnd:
    case Part::kTrailer:
      return read_line(bytes);
    case Part::kDone:
      return 0;
  }
  __builtin_unreachable();
}

std::size_t BodyReader::copy(std::string_view bytes) {
  const std::size_t count = std::min(bytes.size(), left_);
  body_ += bytes.substr(0, count);
  left_ -= count;
  if (left_ == 0) part_ = part_ == Part::kPlain ? Part::kDone : Part::kDataEnd;
  return count;
}

std::expected<std::size_t, HttpRefusal> BodyReader::read_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
  line_ += part;
  if (line_.size() > kSizeLineMax) return refuse(400, "a line between chunks is too long");
  if (end == std::string_view::npos) return part.size();
  if (!line_.ends_with("\r\n")) return refuse(400, "a line between chunks does not end in CRLF");
  line_.resize(line_.size() - 2);
  const auto ended = end_line();
  line_.clear();
  if (!ended) return std::unexpected(ended.error());
  return part.size();
}

std::expected<void, HttpRefusal> BodyReader::end_line() {
  if (part_ == Part::kSize) return begin_chunk();
  if (part_ == Part::kDataEnd) {
    if (!line_.empty()) return refuse(400, "a chunk is longer than its size");
    part_ = Part::kSize;
    return {};
  }
  trailer_bytes_ += line_.size();  // nobody reads them
  if (trailer_bytes_ > kTrailerBytesMax) return refuse(431, "too many trailers");
  if (line_.empty()) part_ = Part::kDone;
  return {};
}

std::expected<void, HttpRefusal> BodyReader::begin_chunk() {
  const std::string_view digits = std::string_view(line_).substr(0, line_.find_first_of("; \t"));
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty() ||
      digits.size() > kSizeDigitsMax) {
    return refuse(400, "bad chunk size");
  }
  if (size > bytes_max_ - body_.size()) {
    return refuse(413, "a body has at most " + std::to_string(bytes_max_) + " bytes");
  }
  left_ = size;
  part_ = size == 0 ? Part::kTrailer : Part::kData;
  return {};
}

}  // namespace pawl
