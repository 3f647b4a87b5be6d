// What is known about code under experiment: which revision, what changed, what was left out.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace pawl {

// A commit in pawl's own repository of a project. Never a branch: branches move under a fan-out.
struct Revision {
  std::string commit;  // 40 lower-case hex digits
  auto operator<=>(const Revision&) const = default;
};

// One exact replacement. `old_text` occurs exactly once in the file; empty means that the file is
// new.
struct Edit {
  std::string path;  // relative to the repository, '/' between folders
  std::string old_text;
  std::string new_text;
};

struct DiffStat {
  std::int64_t files = 0;
  std::int64_t insertions = 0;  // lines
  std::int64_t deletions = 0;
  bool operator==(const DiffStat&) const = default;
};

struct Diff {
  DiffStat stat;
  std::string text;        // unified, untrusted: it holds whatever the files hold
  bool truncated = false;  // the text was cut at the limit; the counts are complete
};

enum class FileKind : std::uint8_t { kRegular, kExecutable, kLink, kSubmodule };

struct SourceFile {
  std::string path;
  FileKind kind{};
  std::string blob;  // git's id of the content: equal ids are equal files
  bool operator==(const SourceFile&) const = default;
};

// A snapshot is meant for code. Data belongs in a volume, so a file or a sum over these is refused
// by name rather than copied. Counted over what git does not know yet: new and changed files.
struct SnapshotLimits {
  std::int64_t file_bytes_max = 32LL << 20U;
  std::int64_t total_bytes_max = 256LL << 20U;
  std::int64_t files_max = 50'000;
};

struct Snapshot {
  Revision revision;               // the parent itself when the working tree is clean
  Revision parent;                 // HEAD of the user's repository
  std::int64_t files_changed = 0;  // new and changed files that were read; deletions not counted
  std::int64_t bytes_changed = 0;
  std::vector<std::string> skipped;  // nested repositories and submodules, which are not inside
};

}  // namespace pawl
