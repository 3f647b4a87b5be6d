// Repository::resolve: from what an agent wrote to a commit that pawl holds.
#include "server/core/text.h"
#include "server/source/git.h"
#include "server/source/repository.h"
#include "server/source/revision_syntax.h"
#include "server/source/staging.h"

namespace pawl {
namespace {

std::vector<std::string> branches(git_repository* repository) {
  std::vector<std::string> names;
  git::BranchIteratorPtr branch;
  if (git_branch_iterator_new(git::out(branch), repository, GIT_BRANCH_LOCAL) < 0) return names;
  git::ReferencePtr reference;
  git_branch_t type{};
  while (git_branch_next(git::out(reference), &type, branch.get()) == 0) {
    names.emplace_back(git_reference_shorthand(reference.get()));
  }
  return names;
}

// Absent when the repository knows nothing by this name.
Result<std::optional<git_oid>> find(git_repository* repository, const std::string& text) {
  git::ObjectPtr object;
  const int code = git_revparse_single(git::out(object), repository, text.c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code == GIT_EAMBIGUOUS) {
    return fail(ErrorKind::kInvalid, fmt::format("\"{}\" fits several objects", text),
                "Give more digits.");
  }
  CHECK_OK(git::ok(code, "could not resolve \"{}\"", text));
  git::ObjectPtr commit;
  if (git_object_peel(git::out(commit), object.get(), GIT_OBJECT_COMMIT) < 0) {
    return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is no commit", text));
  }
  return *git_object_id(commit.get());
}

}  // namespace

Result<Revision> Repository::resolve(std::string_view text) const {
  CHECK_OK(check_revision_text(text));
  const std::string name(text);
  TRY(const git::RepositoryPtr user, git::open_worktree(worktree_));
  TRY(std::optional<git_oid> id, find(user.get(), name));
  if (id) {
    TRY(const git::Staging staging, git::Staging::open(bare_, user.get()));
    CHECK_OK(staging.keep(*id));
    return Revision{git::hex(*id)};
  }
  // Snapshots and edits are known to pawl alone, and so are commits that the user has collected.
  if (is_commit_id(name.substr(0, name.find_first_of("~^")))) {
    TRY(const git::RepositoryPtr bare, git::open_bare(bare_));
    TRY(id, find(bare.get(), name));
    if (id) return Revision{git::hex(*id)};
  }
  return fail(ErrorKind::kNotFound, fmt::format("no revision \"{}\"", name),
              "Give a commit id, a branch or a tag of the repository." +
                  did_you_mean(name, branches(user.get())));
}

}  // namespace pawl
