// Cuts a stream of bytes into lines, in bounded memory.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace pawl {

class LineCutter {
 public:
  explicit LineCutter(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Calls `line` for each whole line without its end ("\n" or "\r\n"; empty ones are skipped), and
  // `too_long` once for each that passes the limit, whose rest is then skipped as it comes.
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& line,
            const std::function<void()>& too_long);

 private:
  const std::size_t bytes_max_;
  std::string begun_;      // a line whose end has not come
  bool skipping_ = false;  // inside a line that was too long
};

}  // namespace pawl
