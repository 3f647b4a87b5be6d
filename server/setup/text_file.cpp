#include "server/setup/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace pawl {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> could_not(const std::string& doing, const std::string& why) {
  return fail(ErrorKind::kEngine, "could not " + doing + ": " + why,
              "Nothing of it was changed. Check the folder's permissions and the disk's space.");
}

Result<void> make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return could_not("create " + folder.string(), error.message());
  return {};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(fd) == 0;
}

Result<void> write_new(const fs::path& path, const std::string& text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return could_not("write " + path.string(), std::strerror(errno));
  const bool written = write_all(fd, text) && fchmod(fd, mode) == 0;
  const int error = errno;
  close(fd);
  if (!written) return could_not("write " + path.string(), std::strerror(error));
  return {};
}

Result<void> rename_to(const fs::path& aside, const fs::path& path) {
  std::error_code error;
  fs::rename(aside, path, error);
  if (!error) return {};
  std::error_code ignored;  // the first error is the one to tell
  fs::remove_all(aside, ignored);
  return could_not("write " + path.string(), error.message());
}

}  // namespace

Result<std::optional<std::string>> read_if_there(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || !fs::is_regular_file(path, error))
    return fail(ErrorKind::kEngine, "could not read " + path.string());
  return text.str();
}

Result<void> replace_file(const fs::path& path, const std::string& text) {
  std::error_code absent;  // is no link either
  std::error_code error;
  const fs::path target = fs::is_symlink(path, absent) ? fs::weakly_canonical(path, error) : path;
  if (error) return could_not("follow the link " + path.string(), error.message());
  CHECK_OK(make_folders(target.parent_path()));
  struct stat facts{};
  const mode_t mode = stat(target.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0644U;
  const fs::path aside = target.string() + ".pawl-new";
  CHECK_OK(write_new(aside, text, mode));
  return rename_to(aside, target);
}

Result<void> make_folder_with(const fs::path& folder,
                              const std::vector<std::pair<std::string, std::string>>& files) {
  const fs::path aside = folder.string() + ".pawl-new";
  std::error_code error;
  fs::remove_all(aside, error);  // what an interrupted run left
  CHECK_OK(make_folders(aside));
  for (const auto& [name, text] : files) CHECK_OK(write_new(aside / name, text, 0644));
  return rename_to(aside, folder);
}

Result<void> remove_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) return could_not("remove " + path.string(), error.message());
  return {};
}

Result<fs::path> back_up(const fs::path& path, const fs::path& folder) {
  CHECK_OK(make_folders(folder));
  std::error_code error;
  for (int n = 1;; ++n) {
    const fs::path copy = folder / (path.filename().string() + "." + std::to_string(n));
    if (fs::exists(copy)) continue;
    fs::copy_file(path, copy, error);
    if (error) return could_not("copy " + path.string() + " to " + copy.string(), error.message());
    return copy;
  }
}

}  // namespace pawl
