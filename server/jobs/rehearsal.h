// What dry_run tries on the disk: a checkout into a folder of its own, the programs of the command,
// the volumes, a file written and removed. All of it is gone when the rehearsal is.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/policy/project_file.h"
#include "server/source/repository.h"

namespace pawl {

// A folder with a name of its own, removed with all that is in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> in(const std::filesystem::path& state);
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// What a server that was killed in the middle of one has left behind. Call it before any other.
void remove_rehearsals(const std::filesystem::path& state);

struct FolderSize {
  std::int64_t files = 0, bytes = 0;
  bool complete = true;  // false: counted up to a limit, there is more
};
// Links are not followed. ENGINE names what could not be read.
Result<FolderSize> size_of(const std::filesystem::path& folder, std::int64_t files_max);

enum class ProgramPlace : std::uint8_t {
  kPath,      // in a folder of the jobs' PATH
  kCheckout,  // a file of the checkout
  kBuilt,     // not there, but a build step comes before
  kMissing,
};
// Where a job in the checkout `work` would find the program that `name` says.
ProgramPlace find_program(const std::string& name, const std::filesystem::path& work, bool built);

// Writes, syncs and removes one small file below `folder`.
Result<void> try_writing(const std::filesystem::path& folder);

}  // namespace pawl
