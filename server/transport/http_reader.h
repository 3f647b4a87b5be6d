// Cuts what a client sends into requests. Memory stays bounded by the limits, whatever comes.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "server/transport/http_body.h"
#include "server/transport/http_head.h"

namespace pawl {

class RequestReader {
 public:
  enum class Step {
    kNothing,   // between two requests
    kInHead,    // more bytes are needed
    kHeadRead,  // once a request: the time to refuse it before its body is read
    kInBody,    // more bytes are needed
    kWhole,     // take_body() gives the body and begins the next request
  };

  explicit RequestReader(const HttpLimits& limits) : limits_(limits) {}

  void append(std::string_view bytes) { buffer_ += bytes; }

  // A refusal is final: where the next request begins is not known any more.
  std::expected<Step, HttpRefusal> advance();

  const RequestHead& head() const { return *head_; }  // from kHeadRead to take_body()
  std::string take_body();

 private:
  std::expected<Step, HttpRefusal> read_head();
  std::expected<Step, HttpRefusal> read_body();

  const HttpLimits limits_;
  std::string buffer_;
  std::size_t seen_ = 0;  // of the buffer, looked at for the end of the head
  std::optional<RequestHead> head_;
  std::optional<BodyReader> body_;
};

}  // namespace pawl
