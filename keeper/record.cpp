#include "keeper/record.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

#include "keeper/contract.h"
#include "keeper/files.h"

namespace pawl::keeper {
namespace {

constexpr const char* kDraft = "status.json.tmp";
constexpr off_t kBytesMax =
    4096;  // one block; a record is about 700 bytes and its error is cut to fit
constexpr std::size_t kErrorBytesMax = 1000;

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kExited:
      return "exited";
    case Outcome::kSignaled:
      return "signaled";
    case Outcome::kDeadline:
      return "deadline";
    case Outcome::kCancelled:
      return "cancelled";
    case Outcome::kNotStarted:
      return "not_started";
  }
  __builtin_unreachable();
}

// One line of plain ASCII: paths and bubblewrap's messages come from outside, and JSON must be
// valid UTF-8.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kErrorBytesMax)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out + "\"";
}

class Fields {
 public:
  void text(const char* name, std::string_view value) { put(name, quoted(value)); }
  void number(const char* name, std::int64_t value) { put(name, std::to_string(value)); }
  void time(const char* name, Milliseconds value) { number(name, value.count()); }
  void flag(const char* name, bool value) { put(name, value ? "true" : "false"); }
  void maybe(const char* name, std::optional<int> value) {
    put(name, value ? std::to_string(*value) : "null");
  }
  std::string take() { return "{" + std::move(json_) + "}\n"; }

 private:
  void put(const char* name, const std::string& value) {
    if (!json_.empty()) json_ += ",";
    json_.append("\"").append(name).append("\":").append(value);
  }
  std::string json_;
};

}  // namespace

const char* name_of(Stage stage) { return stage == Stage::kBuild ? "build" : "command"; }

std::string to_json(const ExitRecord& record) {
  Fields json;
  json.number("version", 1);
  json.text("token", record.token);
  json.text("written_by", "keeper");
  json.text("outcome", name_of(record.outcome));
  json.text("phase", name_of(record.phase));
  json.maybe("exit_code", record.exit_code);
  json.maybe("signal", record.signal);
  json.text("error", record.error);
  json.time("started_at_ms", record.started_at);
  json.time("ended_at_ms", record.ended_at);
  json.time("billed_ms", record.billed);
  json.time("build_ms", record.build);
  json.time("command_ms", record.command);
  json.time("first_instruction_ms", record.first_instruction);
  json.time("cpu_ms", record.cpu);
  json.number("rss_max_kb", record.rss_max_kb);
  json.number("stdout_bytes", record.stdout_bytes);
  json.number("stderr_bytes", record.stderr_bytes);
  json.flag("log_truncated", record.log_truncated);
  json.flag("pid_namespace", record.pid_namespace);
  json.text("boot_id", record.boot_id);
  return json.take();
}

Result<RecordFile> RecordFile::reserve(int folder) {
  Fd draft(openat(folder, kDraft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!draft.open()) return io_error("create", kDraft);
  errno = posix_fallocate(draft.get(), 0, kBytesMax);
  if (errno != 0) return io_error("reserve space for", kDraft);
  return RecordFile(folder, std::move(draft));
}

Result<void> RecordFile::write(const ExitRecord& record) {
  const std::string json = to_json(record);
  CHECK_OK(write_all(draft_.get(), json));
  if (ftruncate(draft_.get(), static_cast<off_t>(json.size())) != 0) return io_error("cut", kDraft);
  if (fsync(draft_.get()) != 0) return io_error("sync", kDraft);
  if (renameat(folder_, kDraft, folder_, kStatusFile) != 0) return io_error("rename", kDraft);
  if (fsync(folder_) != 0) return io_error("sync the folder of", kStatusFile);
  return {};
}

}  // namespace pawl::keeper
