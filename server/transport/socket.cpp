#include "server/transport/socket.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace pawl {
namespace {

constexpr int kBacklog = 128;

std::unexpected<Error> failed(const std::string& what, int error, std::string hint = {}) {
  return fail(ErrorKind::kEngine, what + ": " + std::strerror(error), std::move(hint));
}

// A path too long for the kernel's 107 bytes goes through its open folder, which must outlive the
// address.
struct Address {
  sockaddr_un where{};
  Descriptor folder;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&where); }
};

Result<Address> address_of(const std::filesystem::path& path) {
  Address address;
  address.where.sun_family = AF_UNIX;
  std::string name = path.string();
  if (name.size() >= sizeof address.where.sun_path) {
    address.folder = Descriptor(open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (address.folder.get() < 0) {
      return failed("could not open " + path.parent_path().string(), errno);
    }
    name = "/proc/self/fd/" + std::to_string(address.folder.get()) + "/" + path.filename().string();
  }
  if (name.size() >= sizeof address.where.sun_path) {
    return fail(ErrorKind::kInvalid, "socket name " + path.filename().string() + " is too long");
  }
  name.copy(address.where.sun_path, name.size());
  return address;
}

Result<Descriptor> new_socket() {
  Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return failed("could not make a socket", errno);
  return fd;
}

// Removes what a server left behind that did not end well.
Result<void> clear_stale(const std::filesystem::path& path) {
  struct stat file{};
  if (lstat(path.c_str(), &file) != 0) return {};
  if (!S_ISSOCK(file.st_mode)) {
    return fail(ErrorKind::kConflict, path.string() + " is there and is not a socket",
                "Move it away.");
  }
  if (connect_unix(path)) {
    return fail(ErrorKind::kConflict, "a server listens on " + path.string() + " already");
  }
  if (unlink(path.c_str()) != 0) return failed("could not remove " + path.string(), errno);
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Result<Descriptor> connect_unix(const std::filesystem::path& path) {
  TRY(const Address address, address_of(path));
  TRY(Descriptor fd, new_socket());
  if (connect(fd.get(), address.get(), sizeof address.where) != 0) {
    return failed("could not reach a server on " + path.string(), errno,
                  "Start one with `pawl serve`.");
  }
  return fd;
}

Result<Descriptor> listen_unix(const std::filesystem::path& path, mode_t mode) {
  CHECK_OK(clear_stale(path));
  TRY(const Address address, address_of(path));
  TRY(Descriptor fd, new_socket());
  // Before bind: the file gets the socket's own mode, so there is no moment in which it is open.
  if (fchmod(fd.get(), mode) != 0) return failed("could not protect a socket", errno);
  if (bind(fd.get(), address.get(), sizeof address.where) != 0) {
    return failed("could not bind " + path.string(), errno);
  }
  if (listen(fd.get(), kBacklog) != 0) return failed("could not listen on " + path.string(), errno);
  return fd;
}

Result<uid_t> peer_uid(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return failed("could not tell who is on the other side", errno);
  }
  return peer.uid;
}

Result<std::string> peer_principal(int socket) {
  TRY(const uid_t uid, peer_uid(socket));
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? entry.pw_name : "uid-" + std::to_string(uid);
}

Result<void> send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failed("could not send", errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace pawl
