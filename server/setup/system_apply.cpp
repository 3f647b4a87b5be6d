// Looking at a machine for `pawl install`, and carrying out one step of its plan.
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/core/digest.h"
#include "server/jobs/trust.h"
#include "server/runner/process.h"
#include "server/setup/system_install.h"
#include "server/setup/text_file.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kLimit{1};
constexpr std::size_t kSecretBytes = 32;

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorKind::kEngine, what + ": " + std::strerror(errno), "Are you root?");
}

Result<void> run(std::vector<std::string> argv) {
  const std::string program = find_in_path(argv.front());
  if (program.empty())
    return fail(ErrorKind::kNotFound, argv.front() + " is not in PATH", "Install it, then again.");
  argv.front() = program;
  TRY(const ProgramEnd end, run_program(argv, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, kLimit));
  if (end.code == 0) return {};
  return fail(ErrorKind::kEngine,
              fmt::format("{} ended with {}: {}", fmt::join(argv, " "), end.code, end.errors));
}

Result<void> make_folder(const InstallStep& step, const std::string& user) {
  std::error_code error;
  fs::create_directories(step.path, error);
  if (error) return fail(ErrorKind::kEngine, step.path.string() + ": " + error.message());
  uid_t uid = 0;
  gid_t gid = 0;
  if (step.of_user) {
    const passwd* const entry = getpwnam(user.c_str());
    if (entry == nullptr) return fail(ErrorKind::kNotFound, "no user is named " + user);
    uid = entry->pw_uid;
    gid = entry->pw_gid;
  }
  if (chown(step.path.c_str(), uid, gid) != 0 || chmod(step.path.c_str(), *step.folder) != 0)
    return failed("could not give " + step.path.string() + " its owner and mode");
  return {};
}

// With its mode from the first moment.
Result<void> write_file(const fs::path& path, const InstallFile& file) {
  const fs::path aside = path.string() + ".new";
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  fs::remove(aside, error);
  const int fd = open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode);
  if (fd < 0) return failed("could not write " + aside.string());
  const bool written =
      write(fd, file.text.data(), file.text.size()) == static_cast<ssize_t>(file.text.size()) &&
      fchmod(fd, file.mode) == 0 && fsync(fd) == 0;
  close(fd);
  if (!written || rename(aside.c_str(), path.c_str()) != 0)
    return failed("could not write " + path.string());
  return {};
}

Result<void> copy_program(const fs::path& from, const fs::path& to) {
  std::error_code error;
  const fs::path aside = to.string() + ".new";  // the old one may be running
  fs::copy_file(from, aside, fs::copy_options::overwrite_existing, error);
  if (!error) fs::permissions(aside, fs::perms(0755), error);
  if (!error) fs::rename(aside, to, error);
  if (error) return fail(ErrorKind::kEngine, to.string() + ": " + error.message());
  return {};
}

Result<void> link_to(const fs::path& path, const fs::path& target) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (fs::exists(fs::symlink_status(path)) && !fs::is_symlink(fs::symlink_status(path))) {
    return fail(ErrorKind::kConflict, path.string() + " is there and is no link of ours",
                "Move it away.");
  }
  fs::remove(path, error);
  fs::create_symlink(target, path, error);
  if (error) return fail(ErrorKind::kEngine, path.string() + ": " + error.message());
  return {};
}

}  // namespace

InstallFacts read_install_facts(const InstallFlags& flags) {
  const SystemPlaces places = places_below(flags.root);
  std::error_code error;
  return {.own_programs = fs::read_symlink("/proc/self/exe", error).parent_path(),
          .user_exists = getpwnam(flags.user.c_str()) != nullptr,
          .secret_exists = fs::exists(places.config / kDigestFile, error),
          .policies_exist = fs::exists(places.config / "policies", error),
          .has_systemd = fs::exists("/run/systemd/system", error),
          .new_secret = [] { return random_hex(kSecretBytes); }};
}

Result<void> take(const InstallStep& step, const std::string& user) {
  if (!step.command.empty()) return run(step.command);
  if (step.folder) return make_folder(step, user);
  if (step.file) return write_file(step.path, *step.file);
  if (step.copy_of) return copy_program(*step.copy_of, step.path);
  if (step.link_to) return link_to(step.path, *step.link_to);
  std::error_code error;
  fs::remove_all(step.path, error);
  if (error) return fail(ErrorKind::kEngine, step.path.string() + ": " + error.message());
  return {};
}

}  // namespace pawl
