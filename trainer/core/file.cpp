#include "trainer/core/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace trainer {
namespace {

std::unexpected<Error> fail_errno(const std::string& what, const std::filesystem::path& path,
                                  int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "Free some space, or write to another disk.";
  return fail("could not " + what + " " + path.string() + ": " + std::strerror(code),
              std::move(hint));
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) ::close(value_);
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return fail_errno("open", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail_errno("read", path, errno);
  if (!S_ISREG(status.st_mode)) return fail(path.string() + " is not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile(std::span<const std::byte>{});
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (at == MAP_FAILED) return fail_errno("map", path, errno);
  return MappedFile({static_cast<const std::byte*>(at), size});
}

MappedFile::~MappedFile() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap takes what mmap gave
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::string_view MappedFile::text() const {
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

void FileWriter::write(std::span<const std::byte> bytes) {
  while (error_ == 0 && !bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
}

Result<void> write_file(const std::filesystem::path& path,
                        const std::function<void(FileWriter&)>& fill) {
  const std::filesystem::path aside = path.string() + ".new";
  int code = 0;
  {
    const FileDescriptor file(
        ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) return fail_errno("create", aside, errno);
    FileWriter writer(file.get());
    fill(writer);
    code = writer.error();
    if (code == 0 && ::fsync(file.get()) != 0) code = errno;
  }
  if (code == 0 && ::rename(aside.c_str(), path.c_str()) != 0) code = errno;
  if (code != 0) {
    ::unlink(aside.c_str());
    return fail_errno("write", path, code);
  }
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  const FileDescriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) return fail_errno("sync", folder, errno);
  return {};
}

Result<void> write_file(const std::filesystem::path& path, std::string_view text) {
  return write_file(path, [&](FileWriter& file) { file.write(text); });
}

}  // namespace trainer
