#include "server/source/commit_tree.h"

#include <array>

namespace pawl::git {

Result<Revision> commit_tree(const Staging& staging, const Revision& parent, const git_oid& tree,
                             const std::string& message) {
  git_repository* repository = staging.repository();
  TRY(const CommitPtr commit, find_commit(repository, parent));
  if (git_oid_equal(git_commit_tree_id(commit.get()), &tree) == 1) return parent;
  TreePtr files;
  CHECK_OK(ok(git_tree_lookup(out(files), repository, &tree), "could not read new files"));
  SignaturePtr author;  // the parent's time: fixed, and in order with it
  CHECK_OK(
      ok(git_signature_new(out(author), "pawl", "pawl@localhost", git_commit_time(commit.get()), 0),
         "could not sign"));
  const std::array<const git_commit*, 1> parents = {commit.get()};
  git_oid id{};
  CHECK_OK(ok(git_commit_create(&id, repository, nullptr, author.get(), author.get(), nullptr,
                                message.c_str(), files.get(), parents.size(),
                                const_cast<const git_commit**>(parents.data())),
              "could not commit"));
  CHECK_OK(staging.keep(id));
  return Revision{hex(id)};
}

}  // namespace pawl::git
