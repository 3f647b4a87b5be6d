#include "keeper/exec_report.h"

#include <cerrno>

namespace pawl::keeper {

void ExecReport::attach(Fd pipe) {
  pipe_ = std::move(pipe);
  text_.clear();
  started_ = false;
}

bool ExecReport::pump() {
  char buffer[1024];
  while (pipe_.open()) {
    const ssize_t got = read(pipe_.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return false;
    if (got > 0) {
      text_.append(buffer, static_cast<std::size_t>(got));
      continue;
    }
    pipe_.reset();
    started_ = text_.size() == 1 && text_[0] == kInside;
    return started_;
  }
  return false;
}

std::string_view ExecReport::problem() const {
  return std::string_view(text_).substr(inside() ? 1 : 0);
}

}  // namespace pawl::keeper
