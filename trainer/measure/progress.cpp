#include "trainer/measure/progress.h"

#include <cmath>

#include "trainer/core/text.h"

namespace trainer {

std::string progress_text(const Progress& progress) {
  return format("step %05lld (%.1f%%) | loss: %.6f | tok/sec: %s | remaining: %.0fs",
                static_cast<long long>(progress.step), 100 * progress.part, progress.loss,
                grouped(std::llround(progress.tokens_per_second)).c_str(),
                progress.remaining_seconds);
}

void ProgressLine::show(double now_seconds, const Progress& progress) {
  const std::string text = progress_text(progress);
  if (options_.is_terminal) {
    std::fprintf(to_, "\r%s\x1b[K", text.c_str());  // "erase to the end of the line"
    is_shown_ = true;
  } else if (now_seconds >= next_line_seconds_) {
    std::fprintf(to_, "%s\n", text.c_str());
    next_line_seconds_ = now_seconds + options_.seconds_between_lines;
  }
  std::fflush(to_);
}

void ProgressLine::erase() {
  if (!is_shown_) return;
  std::fputs("\r\x1b[K", to_);
  std::fflush(to_);
  is_shown_ = false;
}

}  // namespace trainer
