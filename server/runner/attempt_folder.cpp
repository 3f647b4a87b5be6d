#include "server/runner/attempt_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "keeper/contract.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;
using keeper::Fd;

std::unexpected<Error> io_error(std::string_view doing, const fs::path& path) {
  const std::string reason = std::strerror(errno);
  return fail(ErrorKind::kEngine,
              "could not " + std::string(doing) + " " + path.string() + ": " + reason);
}

Result<void> sync_folder(const fs::path& folder) {
  const Fd opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() || fsync(opened.get()) != 0) return io_error("sync", folder);
  return {};
}

bool is_there(const fs::path& path) {
  struct stat info{};
  return lstat(path.c_str(), &info) == 0;
}

// The record is written when nothing of the attempt is alive, so it counts even while its keeper
// takes its leave. That may be before the keeper has made it durable.
Result<bool> has_record(const fs::path& attempt) {
  const fs::path folder = attempt / keeper::kRecordFolder;
  if (!is_there(folder / keeper::kStatusFile)) return false;
  CHECK_OK(sync_folder(folder));
  return true;
}

Result<void> revoke(const fs::path& keeper_folder) {
  const fs::path path = keeper_folder / keeper::kRevokedFile;
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open() || fsync(file.get()) != 0) return io_error("write", path);
  return sync_folder(keeper_folder);
}

}  // namespace

Result<Fate> examine(const fs::path& attempt) {
  TRY(const bool ended, has_record(attempt));
  if (ended) return Fate::kEnded;
  const fs::path folder = attempt / keeper::kFolder;
  CHECK_OK(make_private_folder(folder));
  const fs::path path = folder / keeper::kLockFile;
  const Fd lock(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.open()) return io_error("open", path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Fate::kLocked;
    return io_error("lock", path);
  }
  TRY(const bool ended_meanwhile, has_record(attempt));
  if (ended_meanwhile) return Fate::kEnded;
  if (is_there(folder / keeper::kStateFile)) return Fate::kKeeperDead;
  CHECK_OK(revoke(folder));
  return Fate::kNeverStarted;
}

std::string started_token(const fs::path& attempt) {
  std::ifstream state(attempt / keeper::kFolder / keeper::kStateFile);
  std::string key;
  std::string token;
  return state >> key >> token && key == "token" ? token : "";
}

Fd connect_to_keeper(const fs::path& attempt, const char* name) {
  const Fd folder(open((attempt / keeper::kFolder).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!folder.open() || !socket.open()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;  // its path holds 108 bytes, so go by the folder's descriptor
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder.get(),
                name);
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

Result<void> grant(const fs::path& attempt, Milliseconds limit) {
  const fs::path file = attempt / keeper::kFolder / keeper::kLeaseFile;
  fs::path draft = file;
  draft += ".tmp";
  CHECK_OK(write_file(draft, std::to_string(limit.count()) + "\n"));
  if (rename(draft.c_str(), file.c_str()) != 0) return io_error("write", file);
  return {};
}

std::optional<Milliseconds> granted(const fs::path& attempt) {
  std::ifstream file(attempt / keeper::kFolder / keeper::kLeaseFile);
  std::int64_t limit = 0;
  if (file >> limit) return Milliseconds(limit);
  return std::nullopt;
}

Result<void> make_private_folder(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0) return io_error("create", folder);
  return {};
}

Result<void> write_file(const fs::path& file, std::string_view bytes) {
  const Fd opened(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!opened.open()) return io_error("create", file);
  while (!bytes.empty()) {
    const ssize_t wrote = write(opened.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return io_error("write", file);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

}  // namespace pawl
