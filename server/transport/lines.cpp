#include "server/transport/lines.h"

namespace pawl {
namespace {

void deliver(std::string_view text, const std::function<void(std::string_view)>& line) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (!text.empty()) line(text);
}

}  // namespace

void LineCutter::feed(std::string_view bytes, const std::function<void(std::string_view)>& line,
                      const std::function<void()>& too_long) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (!skipping_ && begun_.size() + part.size() > bytes_max_) {
      skipping_ = true;
      begun_ = {};  // gives the memory back
      too_long();
    }
    if (end == std::string_view::npos) {
      if (!skipping_) begun_ += part;
      return;
    }
    if (!skipping_ && begun_.empty()) {
      deliver(part, line);
    } else if (!skipping_) {
      begun_ += part;
      deliver(begun_, line);
      begun_.clear();
    }
    skipping_ = false;
    bytes.remove_prefix(end + 1);
  }
}

}  // namespace pawl
