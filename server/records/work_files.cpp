#include "server/records/work_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/records/file.h"
#include "server/records/sanitize.h"

namespace pawl {
namespace {

constexpr std::size_t kPathBytesMax = 1024;
constexpr const char* kPlain = "Give a path inside the work folder, like \"train.py\".";

std::string shown(const std::string& path) { return "\"" + clean_line(path, 100) + "\""; }

std::unexpected<Error> cannot(const std::string& path, int error) {
  if (error == ENOENT)
    return fail(ErrorKind::kNotFound, "file " + shown(path) + " does not exist in the sandbox",
                kPlain);
  if (error == ELOOP || error == EXDEV)
    return fail(ErrorKind::kInvalid,
                "path " + shown(path) + " leaves the work folder or goes through a link", kPlain);
  return fail(ErrorKind::kInvalid,
              "could not open " + shown(path) + ": " + std::string(std::strerror(error)), kPlain);
}

Result<void> check_path(const std::string& path) {
  const bool plain = !path.empty() && path.size() <= kPathBytesMax && path[0] != '/' &&
                     path.find('\0') == std::string::npos;
  if (plain) return {};
  return fail(ErrorKind::kInvalid,
              "path " + shown(path) + " is not a plain path of at most " +
                  std::to_string(kPathBytesMax) + " bytes inside the work folder",
              kPlain);
}

int open_beneath(int folder, const std::string& path, int flags) {
  open_how how{};
  const int waits = (flags & O_PATH) != 0 ? 0 : O_NONBLOCK;  // a pipe is not waited for
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | waits);
  how.mode = (flags & O_CREAT) != 0 ? 0644 : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
}

Result<FileDescriptor> open_root(const std::filesystem::path& folder) {
  FileDescriptor root(open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (root.is_open()) return root;
  return fail(ErrorKind::kEngine,
              "could not open the work folder: " + std::string(std::strerror(errno)));
}

// The regular file at that path.
Result<FileDescriptor> open_regular(const std::filesystem::path& folder, const std::string& path,
                                    int flags) {
  CHECK_OK(check_path(path));
  TRY(const FileDescriptor root, open_root(folder));
  FileDescriptor file(open_beneath(root.get(), path, flags));
  if (!file.is_open()) return cannot(path, errno);
  struct stat facts{};
  if (fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode)) return file;
  return fail(ErrorKind::kInvalid, "path " + shown(path) + " is not a regular file", kPlain);
}

// The folders above the file, each opened without following a link.
Result<void> make_parents(const std::filesystem::path& folder, const std::string& path) {
  CHECK_OK(check_path(path));
  TRY(const FileDescriptor root, open_root(folder));
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string parent = path.substr(0, at);
    const std::size_t before = parent.rfind('/');
    const std::string above = before == std::string::npos ? "." : parent.substr(0, before);
    const FileDescriptor holder(open_beneath(root.get(), above, O_PATH | O_DIRECTORY));
    if (!holder.is_open()) return cannot(path, errno);
    const std::string name = parent.substr(before == std::string::npos ? 0 : before + 1);
    if (mkdirat(holder.get(), name.c_str(), 0755) != 0 && errno != EEXIST)
      return cannot(path, errno);
  }
  return {};
}

}  // namespace

Result<void> put_file(const std::filesystem::path& folder, const std::string& path,
                      std::string_view text) {
  CHECK_OK(make_parents(folder, path));
  TRY(const FileDescriptor file, open_regular(folder, path, O_WRONLY | O_CREAT));
  if (ftruncate(file.get(), 0) != 0) return cannot(path, errno);
  while (!text.empty()) {
    const ssize_t wrote = write(file.get(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return cannot(path, errno);
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<TakenFile> take_file(const std::filesystem::path& folder, const std::string& path,
                            std::int64_t bytes_max) {
  TRY(const FileDescriptor file, open_regular(folder, path, O_RDONLY));
  struct stat facts{};
  fstat(file.get(), &facts);
  TakenFile taken{.text = {}, .bytes = facts.st_size};
  taken.text.resize(static_cast<std::size_t>(bytes_max));
  std::size_t size = 0;
  while (size < taken.text.size()) {
    const ssize_t got = read(file.get(), taken.text.data() + size, taken.text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot(path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  taken.text.resize(size);
  return taken;
}

}  // namespace pawl
