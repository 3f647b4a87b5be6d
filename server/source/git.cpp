#include "server/source/git.h"

#include <algorithm>
#include <cctype>
#include <system_error>

namespace pawl::git {

std::string last_message() {
  const git_error* error = git_error_last();
  std::string text = error != nullptr && error->message != nullptr ? error->message : "unknown";
  std::ranges::replace(text, '\n', ' ');
  if (!text.empty()) {
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  }
  return text;
}

std::string hex(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '0');
  git_oid_fmt(text.data(), &id);
  return text;
}

Result<git_oid> parse_id(const Revision& revision) {
  git_oid id{};
  if (revision.commit.size() != GIT_OID_HEXSZ ||
      git_oid_fromstrn(&id, revision.commit.data(), GIT_OID_HEXSZ) < 0) {
    return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is no commit id", revision.commit));
  }
  return id;
}

void start_library() {
  // Never shut down: handles of other threads may live until the process ends.
  static const bool started = [] {
    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // A server with a user of its own reads repositories of others, where their modes let it. The
    // check that this turns off guards programs which run what a repository's configuration names;
    // nothing here runs a hook, a filter or a monitor.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    return true;
  }();
  static_cast<void>(started);
}

Result<RepositoryPtr> open_bare(const std::filesystem::path& path) {
  start_library();
  RepositoryPtr repository;
  CHECK_OK(ok(git_repository_open_bare(out(repository), path.c_str()), "could not open {}",
              path.string()));
  return repository;
}

Result<void> check_readable(const std::filesystem::path& directory) {
  if (access(directory.c_str(), R_OK | X_OK) == 0 || errno != EACCES) return {};
  return fail(ErrorKind::kDenied,
              fmt::format("the server's user cannot read {}", directory.string()),
              "Let its group read the repository and enter the folders above it.");
}

Result<RepositoryPtr> open_worktree(const std::filesystem::path& worktree) {
  start_library();
  RepositoryPtr repository;
  const int code = git_repository_open_ext(out(repository), worktree.c_str(),
                                           GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code != 0) CHECK_OK(check_readable(worktree));
  if (code == GIT_ENOTFOUND) {
    return fail(ErrorKind::kInvalid, fmt::format("{} is no git repository", worktree.string()),
                "Run git init there and commit once.");
  }
  CHECK_OK(ok(code, "could not open the repository {}", worktree.string()));
  const char* workdir = git_repository_workdir(repository.get());
  std::error_code error;
  if (workdir == nullptr || !std::filesystem::equivalent(workdir, worktree, error)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("the repository {} keeps its files in {}", worktree.string(),
                            workdir == nullptr ? "no folder" : workdir),
                "A project's files must lie beside its .git; unset core.worktree and core.bare.");
  }
  return repository;
}

Result<CommitPtr> find_commit(git_repository* repository, const Revision& revision) {
  TRY(const git_oid id, parse_id(revision));
  CommitPtr commit;
  CHECK_OK(ok(git_commit_lookup(out(commit), repository, &id), "no revision {}", revision.commit));
  return commit;
}

Result<TreePtr> find_tree(git_repository* repository, const Revision& revision) {
  TRY(const CommitPtr commit, find_commit(repository, revision));
  TreePtr tree;
  CHECK_OK(ok(git_commit_tree(out(tree), commit.get()), "could not read the files of {}",
              revision.commit));
  return tree;
}

}  // namespace pawl::git
