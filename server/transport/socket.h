// Unix domain stream sockets by path, of any length, and who is on the other side.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/result.h"

namespace pawl {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Refuses when nobody listens: the caller may start the server and try again.
Result<Descriptor> connect_unix(const std::filesystem::path& path);

// That mode from the first moment. A socket file that nobody listens on any more is replaced; the
// caller holds the state directory's lock, so that two servers cannot do this at once.
Result<Descriptor> listen_unix(const std::filesystem::path& path, mode_t mode = 0600);

// The user name of the process that connected, or "uid-1234" where it has none.
Result<std::string> peer_principal(int socket);

Result<uid_t> peer_uid(int socket);

// All of it, or an error when the other side is gone or does not read in time.
Result<void> send_all(int socket, std::string_view bytes);

}  // namespace pawl
