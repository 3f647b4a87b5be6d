// A request's body, by its length or in chunks, under one limit.
#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "server/transport/http_head.h"

namespace pawl {

class BodyReader {
 public:
  BodyReader(const RequestHead& head, std::size_t bytes_max);

  // How many of the bytes belong to the body; the rest is the next request's.
  std::expected<std::size_t, HttpRefusal> feed(std::string_view bytes);

  bool done() const { return part_ == Part::kDone; }
  std::string take() { return std::move(body_); }

 private:
  enum class Part { kPlain, kSize, kData, kDataEnd, kTrailer, kDone };

  std::expected<std::size_t, HttpRefusal> feed_part(std::string_view bytes);
  std::size_t copy(std::string_view bytes);
  std::expected<std::size_t, HttpRefusal> read_line(std::string_view bytes);
  std::expected<void, HttpRefusal> end_line();
  std::expected<void, HttpRefusal> begin_chunk();

  const std::size_t bytes_max_;
  Part part_;
  std::size_t left_ = 0;           // of the body, or of the chunk
  std::size_t trailer_bytes_ = 0;  // of all lines behind the last chunk
  std::string line_;               // of the chunks' framing, begun
  std::string body_;
};

}  // namespace pawl
