#include "server/jobs/rehearsal.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "server/core/digest.h"

namespace pawl {
namespace fs = std::filesystem;
namespace {

constexpr std::array kJobPath = {"/usr/local/bin", "/usr/bin", "/bin"};  // as launch sets it

constexpr const char* kFolder = "rehearsal";

std::unexpected<Error> could_not(const std::string& what, const std::string& why) {
  return fail(ErrorKind::kEngine, "could not " + what + ": " + why);
}

bool is_program(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && access(file.c_str(), X_OK) == 0;
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::in(const fs::path& state) {
  const fs::path path = state / kFolder / random_hex(8);
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return could_not("create " + path.string(), error.message());
  return TemporaryFolder(path);
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;  // what stays is only disk: the next rehearsal has another name
  fs::remove_all(path_, ignored);
  fs::remove(path_.parent_path(), ignored);  // when it is empty
}

void remove_rehearsals(const fs::path& state) {
  std::error_code ignored;
  fs::remove_all(state / kFolder, ignored);
}

Result<FolderSize> size_of(const fs::path& folder, std::int64_t files_max) {
  FolderSize size;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_directory(error) && !entry->is_symlink(error)) continue;
    if (size.files == files_max) {
      size.complete = false;
      return size;
    }
    ++size.files;
    std::error_code vanished;
    if (!entry->is_regular_file(vanished) || entry->is_symlink(vanished)) continue;
    const auto bytes = entry->file_size(vanished);
    if (!vanished) size.bytes += static_cast<std::int64_t>(bytes);
  }
  if (error) return could_not("read " + folder.string(), error.message());
  return size;
}

ProgramPlace find_program(const std::string& name, const fs::path& work, bool built) {
  if (name.find('/') == std::string::npos) {
    for (const char* folder : kJobPath) {
      if (is_program(fs::path(folder) / name)) return ProgramPlace::kPath;
    }
    return ProgramPlace::kMissing;
  }
  if (fs::path(name).is_absolute()) {
    return is_program(name) ? ProgramPlace::kPath : ProgramPlace::kMissing;
  }
  if (is_program(work / name)) return ProgramPlace::kCheckout;
  return built ? ProgramPlace::kBuilt : ProgramPlace::kMissing;
}

Result<void> try_writing(const fs::path& folder) {
  const fs::path file = folder / "probe";
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return could_not("create " + file.string(), std::strerror(errno));
  constexpr std::string_view kText = "pawl dry run\n";
  const bool written = write(fd, kText.data(), kText.size()) == std::ssize(kText) && fsync(fd) == 0;
  const int why = errno;
  close(fd);
  unlink(file.c_str());
  if (!written) return could_not("write " + file.string(), std::strerror(why));
  return {};
}

}  // namespace pawl
