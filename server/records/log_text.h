// One stream of an attempt's output as one long text: the rotated file, then the current one.
#pragma once
#include <optional>
#include <string>

#include "server/records/file.h"
#include "server/records/logs.h"

namespace pawl {

class LogText {
 public:
  // Empty when there is no log yet.
  static Result<LogText> open(const AttemptFolder& folder, LogStream stream);

  std::int64_t size() const { return size_of(rotated_) + size_of(current_); }
  std::string read(std::int64_t position, std::int64_t bytes) const;

 private:
  static std::int64_t size_of(const std::optional<ReadFile>& file) {
    return file ? file->size() : 0;
  }
  std::optional<ReadFile> rotated_, current_;
};

}  // namespace pawl
