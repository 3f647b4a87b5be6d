// Repository::snapshot_worktree: the user's index is read into memory, brought up to the working
// tree there, and never written back; new objects go to the staging area. Repository::
// snapshot_folder: the same with an index of its own, and a folder that belongs to nobody.
#include <git2/sys/repository.h>
#include <sys/stat.h>

#include "server/source/commit_tree.h"
#include "server/source/git.h"
#include "server/source/repository.h"
#include "server/source/staging.h"

namespace pawl {
namespace {

constexpr int kTake = 0, kSkip = 1, kStop = -1;  // what libgit2 wants of the callback

// What the callback sees of each new, changed or deleted path.
struct Survey {
  const std::filesystem::path& worktree;
  const SnapshotLimits& limits;
  Snapshot& snapshot;
  std::optional<Error> refusal{};
  bool links_inside = false;  // a link to an absolute path says nothing about the code
};

Error too_large(std::string message) {
  return {ErrorKind::kInvalid, std::move(message),
          "Add it to .gitignore; give data to experiments as a volume."};
}

std::optional<Error> over_limit(const Survey& survey, std::string_view path, std::int64_t bytes) {
  const SnapshotLimits& limits = survey.limits;
  if (bytes > limits.file_bytes_max) {
    return too_large(fmt::format("file \"{}\" has {} bytes, over {} for a file in a snapshot", path,
                                 bytes, limits.file_bytes_max));
  }
  if (survey.snapshot.bytes_changed > limits.total_bytes_max) {
    return too_large(fmt::format("new and changed files sum to over {} bytes at \"{}\"",
                                 limits.total_bytes_max, path));
  }
  if (survey.snapshot.files_changed > limits.files_max) {
    return too_large(
        fmt::format("more than {} new and changed files at \"{}\"", limits.files_max, path));
  }
  return std::nullopt;
}

bool leads_out(const std::filesystem::path& link) {
  std::error_code error;
  return std::filesystem::read_symlink(link, error).is_absolute();
}

int on_path(const char* path, const char* /*pathspec*/, void* payload) {
  auto& survey = *static_cast<Survey*>(payload);
  const std::string_view name(path);
  if (name.ends_with('/')) {  // a folder with a .git of its own
    survey.snapshot.skipped.emplace_back(name.substr(0, name.size() - 1));
    return kSkip;
  }
  struct stat facts{};
  if (::lstat((survey.worktree / name).c_str(), &facts) != 0) return kTake;  // deleted
  if (S_ISDIR(facts.st_mode)) {  // a submodule whose commit moved: stays at what HEAD names
    return kSkip;
  }
  if (survey.links_inside && S_ISLNK(facts.st_mode) && leads_out(survey.worktree / name)) {
    return kSkip;
  }
  survey.snapshot.files_changed += 1;
  survey.snapshot.bytes_changed += facts.st_size;
  survey.refusal = over_limit(survey, name, facts.st_size);
  return survey.refusal ? kStop : kTake;
}

Result<git_oid> head_of(git_repository* user) {
  git_oid id{};
  const int code = git_reference_name_to_id(&id, user, "HEAD");
  if (code == GIT_ENOTFOUND || code == GIT_EUNBORNBRANCH) {
    return fail(ErrorKind::kInvalid, "the repository has no commit yet",
                "Commit once; snapshots build on HEAD.");
  }
  CHECK_OK(git::ok(code, "could not read HEAD"));
  return id;
}

void add_submodules(git_index* index, std::vector<std::string>& skipped) {
  for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index, i);
    if (entry->mode == GIT_FILEMODE_COMMIT) skipped.emplace_back(entry->path);
  }
}

Result<git_oid> write_tree(git_index* index, const git::Staging& staging, Survey survey) {
  const int code = git_index_add_all(index, nullptr, GIT_INDEX_ADD_DEFAULT, on_path, &survey);
  if (survey.refusal) return std::unexpected(*survey.refusal);
  CHECK_OK(git::ok(code, "could not read the working tree"));
  add_submodules(index, survey.snapshot.skipped);
  git_oid tree{};
  CHECK_OK(git::ok(git_index_write_tree_to(&tree, index, staging.repository()),
                   "could not store the working tree"));
  return tree;
}

Result<git::IndexPtr> user_index(git_repository* user) {
  git::IndexPtr index;
  CHECK_OK(git::ok(git_repository_index(git::out(index), user), "could not read the index"));
  if (git_index_has_conflicts(index.get()) != 1) return index;
  return fail(ErrorKind::kInvalid, "the working tree is in the middle of a merge",
              "Resolve the conflicts, or submit a commit.");
}

// In memory, with the files of `parent`. pawl's repository gets a working tree for as long as it is
// open here.
Result<git::IndexPtr> index_of(git_repository* repository, const Revision& parent,
                               const std::filesystem::path& folder) {
  TRY(const git::TreePtr tree, git::find_tree(repository, parent));
  git::IndexPtr index;
  CHECK_OK(git::ok(git_index_new(git::out(index)), "could not make an index"));
  CHECK_OK(git::ok(git_repository_set_workdir(repository, folder.c_str(), 0), "could not read {}",
                   folder.string()));
  CHECK_OK(git::ok(git_repository_set_index(repository, index.get()), "could not make an index"));
  CHECK_OK(git::ok(git_index_read_tree(index.get(), tree.get()), "could not make an index"));
  return index;
}

}  // namespace

Result<Snapshot> Repository::snapshot_worktree(const SnapshotLimits& limits) const {
  TRY(const git::RepositoryPtr user, git::open_worktree(worktree_));
  TRY(const git::Staging staging, git::Staging::open(bare_, user.get()));
  TRY(const git_oid head, head_of(user.get()));
  Snapshot snapshot;
  snapshot.parent = {git::hex(head)};
  TRY(const git::IndexPtr index, user_index(user.get()));
  TRY(const git_oid tree, write_tree(index.get(), staging, {worktree_, limits, snapshot}));
  CHECK_OK(staging.keep(head));
  TRY(snapshot.revision,
      git::commit_tree(staging, snapshot.parent, tree, "snapshot of the working tree\n"));
  return snapshot;
}

Result<Revision> Repository::snapshot_folder(const std::filesystem::path& folder,
                                             const Revision& parent,
                                             const std::string& message) const {
  TRY(const git::Staging staging, git::Staging::open(bare_));
  TRY(const git::IndexPtr index, index_of(staging.repository(), parent, folder));
  Snapshot unused;
  const SnapshotLimits limits;
  TRY(const git_oid tree,
      write_tree(index.get(), staging,
                 {.worktree = folder, .limits = limits, .snapshot = unused, .links_inside = true}));
  return git::commit_tree(staging, parent, tree, message + "\n");
}

}  // namespace pawl
