// The only door through which records opens and writes files. A job owns run/ and may have put a
// pipe, a device or a link anywhere in it: each step from the attempt's folder down is opened
// without following links, never blocks, and only a regular file is read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/result.h"

namespace pawl {

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
  bool is_open() const { return value_ >= 0; }

 private:
  int value_;
};

class ReadFile {
 public:
  // ROOT/FOLDER/NAME. Absent when it does not exist; INVALID when it is not a regular file.
  static Result<std::optional<ReadFile>> open(const std::filesystem::path& root, const char* folder,
                                              const std::string& name);

  std::int64_t size() const { return size_; }                         // when it was opened
  std::string read(std::int64_t position, std::int64_t bytes) const;  // fewer at the end

 private:
  ReadFile(FileDescriptor file, std::int64_t size) : file_(std::move(file)), size_(size) {}
  FileDescriptor file_;
  std::int64_t size_;
};

enum class Durable : std::uint8_t { kNo, kYes };

// Writes NAME.new and renames it to NAME; kYes syncs the file and the folder.
Result<void> write_file(const std::filesystem::path& folder, const std::string& name,
                        std::string_view text, Durable durable = Durable::kNo);

}  // namespace pawl
