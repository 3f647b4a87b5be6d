#include "server/transport/http_reader.h"

#include <algorithm>

namespace pawl {

std::expected<RequestReader::Step, HttpRefusal> RequestReader::advance() {
  return head_ ? read_body() : read_head();
}

std::expected<RequestReader::Step, HttpRefusal> RequestReader::read_head() {
  // Empty lines before a request are left over from the one before (RFC 9112, 2.2).
  while (seen_ == 0 && buffer_.starts_with("\r\n")) buffer_.erase(0, 2);
  if (buffer_.empty()) return Step::kNothing;
  const auto too_long = [this] {
    return std::unexpected(HttpRefusal{
        431, "a head has at most " + std::to_string(limits_.head_bytes_max) + " bytes"});
  };
  for (std::size_t end = buffer_.find('\n', seen_); end != std::string::npos;
       end = buffer_.find('\n', seen_)) {
    if (end >= limits_.head_bytes_max) return too_long();
    if (end == 0 || buffer_[end - 1] != '\r') {
      return std::unexpected(HttpRefusal{400, "a line of the head does not end in CRLF"});
    }
    const bool is_empty = end - 1 == seen_;
    seen_ = end + 1;
    if (!is_empty) continue;
    auto head = parse_head(std::string_view(buffer_).substr(0, seen_), limits_);
    if (!head) return std::unexpected(head.error());
    head_ = *std::move(head);
    body_.emplace(*head_, limits_.body_bytes_max);
    buffer_.erase(0, seen_);
    return Step::kHeadRead;
  }
  if (buffer_.size() > limits_.head_bytes_max) return too_long();
  return Step::kInHead;
}

std::expected<RequestReader::Step, HttpRefusal> RequestReader::read_body() {
  const auto used = body_->feed(buffer_);
  if (!used) return std::unexpected(used.error());
  buffer_.erase(0, *used);
  return body_->done() ? Step::kWhole : Step::kInBody;
}

std::string RequestReader::take_body() {
  std::string body = body_->take();
  head_.reset();
  body_.reset();
  seen_ = 0;
  if (buffer_.empty()) buffer_.shrink_to_fit();  // an idle connection keeps nothing
  return body;
}

}  // namespace pawl
