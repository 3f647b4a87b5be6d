#include "server/source/shallow.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

namespace pawl::git {
namespace {

class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    held_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) == 0;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_ = false;
};

bool write_durably(const std::filesystem::path& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  return ::close(file) == 0 && written;
}

}  // namespace

Result<void> add_shallow(const std::filesystem::path& bare, const std::string& commit) {
  const FileLock lock(bare / "pawl-shallow.lock");
  const std::filesystem::path path = bare / "shallow";
  const std::filesystem::path aside = bare / "pawl-shallow.new";
  std::set<std::string> commits;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) commits.insert(line);
  if (!commits.insert(commit).second) return {};
  std::string text;
  for (const std::string& line : commits) text += line + "\n";
  if (!lock.held() || !write_durably(aside, text) || ::rename(aside.c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::kEngine,
                fmt::format("could not write {}: {}", path.string(), std::strerror(errno)));
  }
  return {};
}

}  // namespace pawl::git
