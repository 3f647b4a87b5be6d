#include "server/runner/spec_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "keeper/contract.h"
#include "server/runner/attempt_folder.h"
#include "server/runner/proc_scan.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPasswd = "user:x:1000:1000::/tmp:/bin/sh\n";
constexpr std::string_view kGroup = "user:x:1000:\n";
constexpr std::string_view kHosts = "127.0.0.1 localhost box\n::1 localhost\n";

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '%' || c == '\n' || c == '\r') {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

class Lines {
 public:
  void text(std::string_view key, std::string_view value) {
    text_ += fmt::format("{} {}\n", key, escaped(value));
  }
  void list(std::string_view key, const std::vector<std::string>& values) {
    for (const std::string& value : values) text(key, value);
  }
  void number(std::string_view key, std::int64_t value) {
    text_ += fmt::format("{} {}\n", key, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

bool has_nul(const std::vector<std::string>& values) {
  return std::ranges::any_of(
      values, [](const std::string& value) { return value.find('\0') != std::string::npos; });
}

Result<void> check(const LaunchSpec& spec) {
  if (has_nul(spec.build) || has_nul(spec.command) || has_nul(spec.env)) {
    return fail(ErrorKind::kInvalid, "an argument or environment value holds a NUL byte",
                "Remove it.");
  }
  const auto named = [](const std::string& entry) {
    return entry.find('=') != std::string::npos && entry[0] != '=';
  };
  if (!std::ranges::all_of(spec.env, named)) {
    return fail(ErrorKind::kInvalid, "an environment entry is not NAME=VALUE");
  }
  if (!spec.lease && (spec.command.empty() || spec.command[0].empty()))
    return fail(ErrorKind::kInvalid, "the command is empty");
  if (spec.limit <= Milliseconds(0))
    return fail(ErrorKind::kInvalid, "the attempt has no time limit");
  return {};
}

// The token's own entry is ours: what finds leftovers must not depend on the caller.
std::vector<std::string> marked(std::vector<std::string> env, std::string_view token) {
  const std::string prefix = fmt::format("{}=", kTokenVariable);
  std::erase_if(env, [&](const std::string& entry) { return entry.starts_with(prefix); });
  env.push_back(prefix + std::string(token));
  return env;
}

}  // namespace

Result<std::string> spec_text(const LaunchSpec& spec, const std::vector<std::string>& box) {
  CHECK_OK(check(spec));
  Lines lines;
  lines.text("token", spec.attempt.token);
  lines.list("build", spec.build);
  lines.list("command", spec.command);
  lines.list("env", marked(spec.env, spec.attempt.token));
  lines.list("box", box);
  lines.text("workdir", spec.workdir().string());
  lines.number("limit_ms", spec.limit.count());
  lines.number("grace_ms", spec.grace.count());
  lines.number("log_bytes_max", spec.log_bytes_max);
  lines.number("fsize_max", spec.file_bytes_max);
  if (spec.lease) {
    lines.number("serves", 1);
    lines.number("limit_max_ms", spec.lease->count());
  }
  return lines.take();
}

Result<void> write_spec(const LaunchSpec& spec, const std::vector<std::string>& box) {
  TRY(const std::string text, spec_text(spec, box));
  const fs::path folder = spec.attempt.folder / keeper::kFolder;
  CHECK_OK(make_private_folder(folder));
  CHECK_OK(make_private_folder(spec.attempt.folder / keeper::kRecordFolder));
  return write_file(folder / keeper::kSpecFile, text);
}

Result<void> write_etc(const fs::path& folder) {
  CHECK_OK(make_private_folder(folder));
  CHECK_OK(write_file(folder / "passwd", kPasswd));
  CHECK_OK(write_file(folder / "group", kGroup));
  return write_file(folder / "hosts", kHosts);
}

}  // namespace pawl
