// pawl's own bare repository of one project: everything that was ever submitted lives here, so that
// nothing depends on the user's branches, index or garbage collection. The user's repository is
// only read; neither its index, its objects nor its refs are written.
//
// No command of the repository's own ever runs: libgit2 has no hooks here, and neither filters nor
// attributes are applied at checkout.
//
// Threads: a Repository is two paths. Each call opens what it needs, so any number of threads may
// call at once, on one object or on several of the same project. Objects are durable (fsync) when a
// call that made them returns.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"
#include "server/source/revision.h"

namespace pawl {

class Repository {
 public:
  // `bare` is made when absent. Call it while holding the state directory's lock and before other
  // threads use this project: it removes lock files that a killed server left behind.
  // `worktree` is the top level of the user's working tree. INVALID when it is not a git repository
  // with its files there, ENGINE when git refuses it (owned by another user) or the disk fails.
  static Result<Repository> open_or_create(std::filesystem::path bare,
                                           std::filesystem::path worktree);

  // A commit id (4 to 40 digits), HEAD, a branch or a tag, with ~N and ^ after it, to a commit
  // whose files are then in `bare`. The user's repository is asked first, then `bare` for ids.
  // INVALID for any other syntax (a leading '-', "@{", ranges, blanks, control characters),
  // NOT_FOUND otherwise.
  Result<Revision> resolve(std::string_view text) const;

  // The working tree as it is now: tracked and untracked files without ignored ones, as git would
  // commit them. The same tree on the same HEAD always gives the same revision.
  Result<Snapshot> snapshot_worktree(const SnapshotLimits& limits = {}) const;

  // The files of a folder on top of `parent`, without what its .gitignore names, without links to
  // absolute paths, within the limits of a snapshot; `parent` itself where nothing changed. Nobody
  // may write there meanwhile.
  Result<Revision> snapshot_folder(const std::filesystem::path& folder, const Revision& parent,
                                   const std::string& message) const;

  // All edits or none. INVALID names the file and how often the old text occurs.
  Result<Revision> apply_edits(const Revision& base, std::span<const Edit> edits) const;

  // A unified diff, git's or plain. INVALID says where it does not apply.
  Result<Revision> apply_patch(const Revision& base, std::string_view patch) const;

  Result<std::string> read_file(const Revision& revision, std::string_view path) const;
  Result<std::vector<SourceFile>> list_files(const Revision& revision) const;  // sorted by path
  Result<std::string> tree_of(const Revision& revision) const;  // equal ids are equal content

  // Writes all files below `folder`, which is created and must be empty. Modes are 0644 or 0755,
  // links are made and never followed, submodules become empty folders.
  Result<void> checkout(const Revision& revision, const std::filesystem::path& folder) const;

  // The first file of `revision` at or below one of `paths` that does not lie in `folder` as the
  // revision holds it: read and hashed again.
  Result<std::optional<std::string>> first_altered(const Revision& revision,
                                                   std::span<const std::string> paths,
                                                   const std::filesystem::path& folder) const;

  // Both texts capped at `bytes_max`; rename detection is off.
  Result<Diff> diff(const Revision& from, const Revision& to, std::size_t bytes_max) const;

  // The project's best, as the ref refs/pawl/best. CONFLICT when it is not `expected` any more;
  // an absent `expected` means that there must be none yet.
  Result<std::optional<Revision>> best() const;
  Result<void> set_best(const std::optional<Revision>& expected, const Revision& revision) const;

  // refs/pawl/NAME: keeps the revision from ever being collected. Name it "jobs/42".
  Result<void> pin(const Revision& revision, std::string_view name) const;

  const std::filesystem::path& path() const { return bare_; }

 private:
  Repository(std::filesystem::path bare, std::filesystem::path worktree)
      : bare_(std::move(bare)), worktree_(std::move(worktree)) {}

  std::filesystem::path bare_;
  std::filesystem::path worktree_;
};

// The top level of the working tree that `directory` lies in, with links resolved; NOT_FOUND when
// there is none. It names a client's project.
Result<std::filesystem::path> find_worktree(const std::filesystem::path& directory);

}  // namespace pawl
