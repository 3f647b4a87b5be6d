#include "keeper/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace pawl::keeper {

std::unexpected<Error> io_error(std::string_view doing, std::string_view what) {
  const int error = errno;
  std::string message = "could not ";
  message.append(doing).append(" ").append(what).append(": ").append(std::strerror(error));
  return fail(ErrorKind::kEngine, std::move(message));
}

Result<Fd> open_folder(int parent, const char* name) {
  Fd folder(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open()) return io_error("open folder", name);
  return folder;
}

Result<std::string> read_file(int folder, const char* name, std::size_t size_max) {
  const Fd file(openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open()) return io_error("open", name);
  std::string bytes;
  char buffer[8192];
  for (;;) {
    const ssize_t got = read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", name);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > size_max)
      return fail(ErrorKind::kInvalid, std::string(name) + " is too large");
  }
}

bool exists(int folder, const char* name) {
  return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return io_error("write", "file");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> replace_file(int folder, const char* name, std::string_view bytes) {
  const std::string draft = std::string(name) + ".tmp";
  const Fd file(
      openat(folder, draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) return io_error("create", draft);
  CHECK_OK(write_all(file.get(), bytes));
  if (renameat(folder, draft.c_str(), folder, name) != 0) return io_error("rename", draft);
  return {};
}

Result<void> sync_file(int folder, const char* name) {
  const Fd file(openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open()) return io_error("open", name);
  if (fsync(file.get()) != 0) return io_error("sync", name);
  if (fsync(folder) != 0) return io_error("sync the folder of", name);
  return {};
}

}  // namespace pawl::keeper
