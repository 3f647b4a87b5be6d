#include "keeper/command_output.h"

#include <algorithm>
#include <cerrno>

namespace pawl::keeper {

void CommandOutput::pump() {
  char buffer[16384];
  ssize_t got = 0;
  // A flood must not keep its reader from the clock.
  for (int chunks = 0; chunks < 16 && pipe_.open(); ++chunks) {
    got = read(pipe_.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return pipe_.reset();
    keep({buffer, static_cast<std::size_t>(got)});
  }
}

void CommandOutput::keep(std::string_view chunk) {
  bytes_ += static_cast<std::int64_t>(chunk.size());
  const std::size_t first = std::min(chunk.size(), half_ - head_.size());
  head_.append(chunk.substr(0, first));
  tail_.append(chunk.substr(first));
  if (tail_.size() > 2 * half_) tail_.erase(0, tail_.size() - half_);
}

std::string CommandOutput::text() const {
  const std::size_t last = std::min(tail_.size(), half_);
  return "bytes " + std::to_string(bytes_) + "\nhead " + std::to_string(head_.size()) + "\n" +
         head_ + "tail " + std::to_string(last) + "\n" + tail_.substr(tail_.size() - last);
}

}  // namespace pawl::keeper
