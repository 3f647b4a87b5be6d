// Where a call makes new objects: in memory, on top of pawl's repository and, for an import, of the
// user's. keep() then writes what a commit needs and pawl's repository lacks, durably: a few
// objects one by one, many as one pack. A call that fails half-way leaves nothing behind.
//
// Promise that it rests on: an object in pawl's repository has all that it refers to there too,
// because files are written before folders before commits. So a known folder is not looked into.
// Only the history of the user's commits ends at the one that was imported; git calls this shallow,
// and the file `shallow` says so to git itself.
#pragma once
#include <filesystem>
#include <vector>

#include "server/source/git.h"

namespace pawl::git {

class Staging {
 public:
  // `user` may be null; then only pawl's own objects are seen. It is given the staged objects too,
  // so that its index writes there.
  static Result<Staging> open(const std::filesystem::path& bare, git_repository* user = nullptr);

  git_repository* repository() const { return repository_.get(); }  // pawl's, with staged objects

  // INVALID when the files of the commit are not all there, as in a partial clone.
  Result<void> keep(const git_oid& commit) const;

 private:
  Staging() = default;
  Result<void> collect_tree(const git_oid& tree, std::vector<git_oid>& missing) const;
  Result<void> write(const std::vector<git_oid>& ids) const;
  Result<void> write_pack(const std::vector<git_oid>& ids) const;
  bool is_kept(const git_oid& id) const;

  std::filesystem::path bare_;
  RepositoryPtr repository_;
  OdbPtr staged_;  // memory, pawl's, the user's
  OdbPtr kept_;    // pawl's alone
};

}  // namespace pawl::git
