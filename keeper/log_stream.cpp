#include "keeper/log_stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "keeper/files.h"

namespace pawl::keeper {
namespace {

constexpr std::size_t kChunkBytes = 65536;  // a pipe's capacity
constexpr std::size_t kTailBytes = 512;

}  // namespace

LogStream::LogStream(int folder, std::string name, std::int64_t bytes_max)
    : folder_(folder), name_(std::move(name)), file_bytes_max_(bytes_max / 2) {}

void LogStream::attach(Fd pipe) {
  if (!file_.open()) open_file();  // not earlier: the job's start need not wait for it
  pipe_ = std::move(pipe);
  tail_.clear();
}

void LogStream::pump() {
  if (pipe_.open()) read_chunk(kChunkBytes);
}

void LogStream::finish() {
  int waiting = 0;
  if (pipe_.open() && ioctl(pipe_.get(), FIONREAD, &waiting) == 0) {
    auto left = static_cast<std::size_t>(waiting);
    while (left > 0 && pipe_.open()) {
      const std::size_t got = read_chunk(left);
      if (got == 0) break;
      left -= got;
    }
  }
  pipe_.reset();
}

std::string LogStream::last_line() const {
  const std::size_t end = tail_.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  const std::size_t before = tail_.rfind('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return tail_.substr(begin, end + 1 - begin);
}

std::size_t LogStream::read_chunk(std::size_t size_max) {
  static char buffer[kChunkBytes];
  const ssize_t got = read(pipe_.get(), buffer, std::min(size_max, sizeof buffer));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (got <= 0) {  // every writer is gone
    pipe_.reset();
    return 0;
  }
  const auto size = static_cast<std::size_t>(got);
  store(std::string_view(buffer, size));
  return size;
}

void LogStream::store(std::string_view chunk) {
  bytes_ += static_cast<std::int64_t>(chunk.size());
  tail_.append(chunk.substr(chunk.size() - std::min(chunk.size(), kTailBytes)));
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  while (!chunk.empty()) {
    if (file_bytes_ >= file_bytes_max_) rotate();
    const auto room = static_cast<std::size_t>(file_bytes_max_ - file_bytes_);
    if (room == 0) {  // a bound of less than two bytes keeps nothing
      truncated_ = true;
      return;
    }
    append(chunk.substr(0, room));
    chunk.remove_prefix(std::min(chunk.size(), room));
  }
}

void LogStream::append(std::string_view chunk) {
  file_bytes_ += static_cast<std::int64_t>(
      chunk.size());  // dropped bytes count: a full disk must not stop the rotation
  if (!file_.open() || !write_all(file_.get(), chunk)) truncated_ = true;
}

void LogStream::rotate() {
  if (file_bytes_ == 0) return;
  truncated_ = truncated_ || rotated_;  // the .1 that is replaced is lost
  rotated_ = true;
  file_.reset();
  renameat(folder_, name_.c_str(), folder_, (name_ + ".1").c_str());
  open_file();
  file_bytes_ = 0;
}

void LogStream::open_file() {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  file_ = Fd(openat(folder_, name_.c_str(), flags, 0600));
}

}  // namespace pawl::keeper
