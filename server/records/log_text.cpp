#include "server/records/log_text.h"

#include <algorithm>

namespace pawl {

Result<LogText> LogText::open(const AttemptFolder& folder, LogStream stream) {
  const std::string name = stream == LogStream::kStdout ? "stdout.log" : "stderr.log";
  LogText text;
  TRY(text.rotated_, ReadFile::open(folder.root, "record", name + ".1"));
  TRY(text.current_, ReadFile::open(folder.root, "record", name));
  return text;
}

std::string LogText::read(std::int64_t position, std::int64_t bytes) const {
  std::string text;
  const std::int64_t before = size_of(rotated_);
  if (position < before) text = rotated_->read(position, bytes);
  const std::int64_t left = bytes - static_cast<std::int64_t>(text.size());
  if (current_ && left > 0)
    text += current_->read(std::max<std::int64_t>(0, position - before), left);
  return text;
}

}  // namespace pawl
