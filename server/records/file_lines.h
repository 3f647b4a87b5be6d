// The lines of a file of any size in little memory.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

#include "server/records/file.h"

namespace pawl {

struct LineLimits {
  std::int64_t bytes_max = 16 << 20;  // of a longer file the end is read
  std::size_t line_bytes_max = 64 << 10;
};

inline bool is_cut(const ReadFile& file, const LineLimits& limits) {
  return file.size() > limits.bytes_max;
}

// A line over the limit is handed on as its first bytes, one more than allowed, so that it is
// refused. `take` is given a std::string_view that lives until it returns.
template <class Take>
void for_each_line(const ReadFile& file, const LineLimits& limits, Take take) {
  constexpr std::int64_t kChunkBytes = 1 << 20;
  std::int64_t position = std::max<std::int64_t>(0, file.size() - limits.bytes_max);
  bool skipping = position > 0;  // the line that the cut went through
  std::string line;
  while (position < file.size()) {
    const std::string chunk = file.read(position, kChunkBytes);
    if (chunk.empty()) break;
    position += static_cast<std::int64_t>(chunk.size());
    for (std::size_t begin = 0; begin < chunk.size();) {
      const std::size_t end = std::min(chunk.find('\n', begin), chunk.size());
      const std::size_t room = limits.line_bytes_max + 1 - line.size();
      line.append(chunk, begin, std::min(end - begin, room));
      if (end < chunk.size()) {
        if (!skipping) take(line);
        skipping = false;
        line.clear();
      }
      begin = end + 1;
    }
  }
  if (!line.empty() && !skipping) take(line);  // a run that was killed while it wrote
}

}  // namespace pawl
