#include "server/runner/folder_digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "keeper/fd.h"
#include "server/core/digest.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string path;  // relative
  struct stat info{};
};

std::unexpected<Error> disk_error(const fs::path& path, int code) {
  return fail(ErrorKind::kEngine, "could not read " + path.string() + ": " + std::strerror(code));
}

Result<std::vector<Entry>> entries_of(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorKind::kNotFound, folder.string() + " is not a folder that can be read");
  }
  std::vector<Entry> entries;
  fs::recursive_directory_iterator place(folder, error);
  for (; !error && place != fs::recursive_directory_iterator(); place.increment(error)) {
    Entry entry{place->path().lexically_relative(folder).string(), {}};
    if (::lstat(place->path().c_str(), &entry.info) != 0) return disk_error(place->path(), errno);
    const mode_t mode = entry.info.st_mode;
    if (S_ISDIR(mode)) continue;
    if (!S_ISREG(mode) && !S_ISLNK(mode))
      return fail(ErrorKind::kInvalid, place->path().string() + " is neither a file nor a link");
    entries.push_back(std::move(entry));
  }
  if (error) return disk_error(folder, error.value());
  std::ranges::sort(entries, {}, &Entry::path);
  return entries;
}

std::string head_of(const Entry& entry) {
  return std::to_string(entry.path.size()) + ":" + entry.path + "," +
         std::to_string(entry.info.st_size) + ",";
}

std::string stamp_of(const std::vector<Entry>& entries) {
  Sha256 hash;
  for (const Entry& entry : entries) {
    const timespec& time = entry.info.st_mtim;
    hash.add(head_of(entry) + std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec));
  }
  return hash.hex();
}

Result<void> add_content(Sha256& hash, const fs::path& path, const Entry& entry) {
  if (S_ISLNK(entry.info.st_mode)) {
    std::error_code error;
    hash.add("link:" + fs::read_symlink(path, error).string());
    return {};
  }
  const keeper::Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open()) return disk_error(path, errno);
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return disk_error(path, errno);
    if (count == 0) return {};
    hash.add({buffer.data(), static_cast<std::size_t>(count)});
  }
}

}  // namespace

Result<FolderFacts> digest_folder(const fs::path& folder) {
  TRY(const auto entries, entries_of(folder));
  FolderFacts facts{.digest = {}, .stamp = stamp_of(entries)};
  Sha256 hash;
  for (const Entry& entry : entries) {
    hash.add(head_of(entry));
    CHECK_OK(add_content(hash, folder / entry.path, entry));
    ++facts.files;
    facts.bytes += entry.info.st_size;
  }
  facts.digest = hash.hex();
  TRY(const std::string after, stamp_folder(folder));
  if (after == facts.stamp) return facts;
  return fail(ErrorKind::kConflict, folder.string() + " changed while it was read",
              "Wait until nobody writes to it, and ask again.");
}

Result<std::string> stamp_folder(const fs::path& folder) {
  TRY(const auto entries, entries_of(folder));
  return stamp_of(entries);
}

}  // namespace pawl
