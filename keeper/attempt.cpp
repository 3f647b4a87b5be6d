#include "keeper/attempt.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "keeper/files.h"

namespace pawl::keeper {
namespace {

constexpr std::size_t kSpecBytesMax = std::size_t{8} << 20;

std::unexpected<Refusal> refuse(Exit exit, std::string message) {
  return std::unexpected(Refusal{exit, std::move(message)});
}

std::expected<Fd, Refusal> take_lock(int folder) {
  Fd lock(openat(folder, kLockFile, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.open())
    return refuse(Exit::kIo, std::string("could not open the lock: ") + std::strerror(errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return refuse(Exit::kLocked, "the lock is held: the attempt runs already");
    return refuse(Exit::kIo, std::string("could not lock: ") + std::strerror(errno));
  }
  return lock;
}

Result<std::string> start_ticks() {
  TRY(const std::string stat, read_file(AT_FDCWD, "/proc/self/stat", 4096));
  std::size_t at = stat.rfind(')');  // the name before it may hold anything
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return fail(ErrorKind::kEngine, "/proc/self/stat is too short");
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

}  // namespace

std::expected<Attempt, Refusal> claim(const char* path) {
  auto folder = open_folder(AT_FDCWD, path);
  if (!folder) return refuse(Exit::kBadFolder, folder.error().message);
  auto keeper = open_folder(folder->get(), std::string(kFolder).c_str());
  if (!keeper) return refuse(Exit::kBadFolder, keeper.error().message);
  auto record = open_folder(folder->get(), std::string(kRecordFolder).c_str());
  if (!record) return refuse(Exit::kBadFolder, record.error().message);

  auto lock = take_lock(keeper->get());
  if (!lock) return std::unexpected(lock.error());
  if (exists(keeper->get(), kRevokedFile)) return refuse(Exit::kRevoked, "the attempt was revoked");
  if (exists(keeper->get(), kStateFile) || exists(record->get(), kStatusFile)) {
    return refuse(Exit::kRanBefore, "the attempt ran before");
  }

  const auto text = read_file(keeper->get(), kSpecFile, kSpecBytesMax);
  if (!text) return refuse(Exit::kBadFolder, text.error().message);
  auto spec = parse_spec(*text);
  if (!spec) return refuse(Exit::kBadFolder, spec.error().message);
  return Attempt{*std::move(keeper), *std::move(record), *std::move(lock), *std::move(spec)};
}

void release(const Attempt& attempt) { flock(attempt.lock.get(), LOCK_UN); }

Result<void> write_state(const Attempt& attempt, std::chrono::milliseconds started_at) {
  TRY(const std::string ticks, start_ticks());
  std::string text = "token " + attempt.spec.token + "\n";
  text += "keeper_pid " + std::to_string(getpid()) + "\nkeeper_start_ticks " + ticks + "\n";
  text += "boot_id " + boot_id() + "\nstarted_at_ms " + std::to_string(started_at.count()) + "\n";
  text += "pid_namespace " + std::to_string(attempt.spec.boxed()) + "\n";
  return replace_file(attempt.keeper.get(), kStateFile, text);
}

Result<void> sync_state(const Attempt& attempt) {
  return sync_file(attempt.keeper.get(), kStateFile);
}

std::string boot_id() {
  auto text = read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64);
  if (!text) return "";
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *std::move(text);
}

}  // namespace pawl::keeper
