#include "server/records/attempt_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace pawl {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr mode_t kPublic = 0755;  // run/ and the way to it: a job may have a user of its own

Result<void> make_folder(const std::filesystem::path& path, mode_t mode) {
  // mkdir alone would apply the umask.
  if (::mkdir(path.c_str(), mode) == 0 && ::chmod(path.c_str(), mode) == 0) return {};
  return fail(errno == EEXIST ? ErrorKind::kConflict : ErrorKind::kEngine,
              fmt::format("could not create {}: {}", path.string(), std::strerror(errno)));
}

}  // namespace

Result<AttemptFolder> create_attempt_folder(const std::filesystem::path& root) {
  AttemptFolder folder{root};
  std::error_code error;
  std::filesystem::create_directories(root.parent_path(), error);
  if (error) {
    return fail(ErrorKind::kEngine, fmt::format("could not create {}: {}",
                                                root.parent_path().string(), error.message()));
  }
  CHECK_OK(make_folder(root, kPublic));
  CHECK_OK(make_folder(folder.keeper(), kPrivate));
  CHECK_OK(make_folder(folder.record(), kPrivate));
  CHECK_OK(make_folder(folder.run(), kPublic));
  CHECK_OK(make_folder(folder.artifacts(), kPublic));
  return folder;
}

Result<std::vector<std::string>> list_artifacts(const AttemptFolder& folder,
                                                std::size_t count_max) {
  namespace fs = std::filesystem;
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(folder.run(), error)) ||
      !fs::is_directory(fs::symlink_status(folder.artifacts(), error))) {
    return names;
  }
  fs::recursive_directory_iterator files(folder.artifacts(), error);  // follows no links
  for (; !error && files != fs::end(files) && names.size() < count_max; files.increment(error)) {
    std::error_code ignored;  // a file that vanished is not listed
    if (fs::is_regular_file(files->symlink_status(ignored))) {
      names.push_back(files->path().lexically_relative(folder.artifacts()).string());
    }
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace pawl
