// Files: read by mapping, written so that a crash leaves the old or the new one, never a half.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "trainer/core/result.h"

namespace trainer {

// Owns a file descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int value = -1) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor();
  int get() const { return value_; }

 private:
  int value_;
};

// A regular file's bytes, read-only. Refuses what does not exist or is no regular file.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const;

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

// What write_file hands to its caller: appends bytes, and keeps the first failure.
class FileWriter {
 public:
  explicit FileWriter(int descriptor) : descriptor_(descriptor) {}
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  int error() const { return error_; }  // errno, or 0

 private:
  int descriptor_;
  int error_ = 0;
};

// Writes PATH.new by `fill`, syncs it, renames it to PATH and syncs the folder. On any failure (a
// full disk) PATH is as it was and PATH.new is gone.
Result<void> write_file(const std::filesystem::path& path,
                        const std::function<void(FileWriter&)>& fill);
Result<void> write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace trainer
