#include "server/records/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pawl {
namespace {

constexpr mode_t kMode = 0644;  // the folder around it decides who gets here

std::unexpected<Error> disk_error(std::string_view verb, const std::filesystem::path& path) {
  return fail(ErrorKind::kEngine,
              fmt::format("could not {} {}: {}", verb, path.string(), std::strerror(errno)));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> write_aside(int folder, const std::string& name, std::string_view text,
                         Durable durable) {
  ::unlinkat(folder, name.c_str(), 0);  // of a writer that was killed
  const FileDescriptor file(
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
  if (!file.is_open() || !write_all(file.get(), text)) return disk_error("write", name);
  if (durable == Durable::kYes && ::fsync(file.get()) != 0) return disk_error("sync", name);
  return {};
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) ::close(value_);
}

Result<std::optional<ReadFile>> ReadFile::open(const std::filesystem::path& root,
                                               const char* folder, const std::string& name) {
  constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const std::filesystem::path path = root / folder / name;
  const FileDescriptor top(::open(root.c_str(), kFolder));
  const FileDescriptor parent(top.is_open() ? ::openat(top.get(), folder, kFolder) : -1);
  if (!parent.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    return disk_error("open", path);
  }
  FileDescriptor file(
      ::openat(parent.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  const bool is_link = !file.is_open() && errno == ELOOP;
  const bool is_device =
      !file.is_open() && (errno == ENXIO || errno == ENODEV);  // socket, no driver
  if (!file.is_open() && !is_link && !is_device) return disk_error("open", path);
  struct stat facts{};
  if (!file.is_open() || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return fail(ErrorKind::kInvalid, fmt::format("{} is not a regular file", path.string()),
                "The run must write a plain file there, not a link, pipe or device.");
  }
  return ReadFile(std::move(file), facts.st_size);
}

std::string ReadFile::read(std::int64_t position, std::int64_t bytes) const {
  const std::int64_t left = std::max<std::int64_t>(0, size_ - position);
  std::string text(static_cast<std::size_t>(std::clamp<std::int64_t>(bytes, 0, left)), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::pread(file_.get(), text.data() + filled, text.size() - filled,
                                position + static_cast<std::int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // the file was cut short meanwhile
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

Result<void> write_file(const std::filesystem::path& folder, const std::string& name,
                        std::string_view text, Durable durable) {
  const std::string aside = name + ".new";
  const FileDescriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.is_open()) return disk_error("open", folder);
  CHECK_OK(write_aside(parent.get(), aside, text, durable));
  if (::renameat(parent.get(), aside.c_str(), parent.get(), name.c_str()) != 0) {
    return disk_error("rename", folder / name);
  }
  if (durable == Durable::kYes && ::fsync(parent.get()) != 0) return disk_error("sync", folder);
  return {};
}

}  // namespace pawl
