// libgit2 with owners: every handle has a destructor and every return code becomes a Result.
#pragma once
#include <fmt/format.h>
#include <git2.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "server/core/result.h"
#include "server/source/revision.h"

namespace pawl::git {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Freed<kFree>>;

using RepositoryPtr = Owned<git_repository, git_repository_free>;
using OdbPtr = Owned<git_odb, git_odb_free>;
using OdbObjectPtr = Owned<git_odb_object, git_odb_object_free>;
using ObjectPtr = Owned<git_object, git_object_free>;
using CommitPtr = Owned<git_commit, git_commit_free>;
using TreePtr = Owned<git_tree, git_tree_free>;
using TreeEntryPtr = Owned<git_tree_entry, git_tree_entry_free>;
using BlobPtr = Owned<git_blob, git_blob_free>;
using IndexPtr = Owned<git_index, git_index_free>;
using ConfigPtr = Owned<git_config, git_config_free>;
using ReferencePtr = Owned<git_reference, git_reference_free>;
using BranchIteratorPtr = Owned<git_branch_iterator, git_branch_iterator_free>;
using DiffPtr = Owned<git_diff, git_diff_free>;
using DiffStatsPtr = Owned<git_diff_stats, git_diff_stats_free>;
using SignaturePtr = Owned<git_signature, git_signature_free>;
using PackBuilderPtr = Owned<git_packbuilder, git_packbuilder_free>;

// out(ptr) is the T** that a C function fills; the owner takes it at the end of the expression.
template <class Pointer>
class Out {
 public:
  explicit Out(Pointer& owner) : owner_(owner) {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() { owner_.reset(raw_); }
  // NOLINTNEXTLINE(google-explicit-constructor): it stands where C wants a T**
  operator typename Pointer::pointer *() { return &raw_; }

 private:
  Pointer& owner_;
  typename Pointer::pointer raw_ = nullptr;
};

template <class Pointer>
Out<Pointer> out(Pointer& owner) {
  return Out<Pointer>(owner);
}

// What libgit2 said last on this thread, as one lower-case line.
std::string last_message();

// ok(git_do(...), "could not do {}", what): the error is ENGINE, or NOT_FOUND for git's own
// not-found codes, and carries libgit2's words after ours.
template <class... Values>
Result<void> ok(int code, fmt::format_string<Values...> what, Values&&... values) {
  if (code >= 0) return {};
  const ErrorKind kind = code == GIT_ENOTFOUND ? ErrorKind::kNotFound : ErrorKind::kEngine;
  return fail(kind, fmt::format(what, std::forward<Values>(values)...) + ": " + last_message());
}

std::string hex(const git_oid& id);
Result<git_oid> parse_id(const Revision& revision);  // INVALID unless 40 hex digits

// Starts libgit2 once for the process, with fsync on. Every function that opens something calls it.
void start_library();

Result<RepositoryPtr> open_bare(const std::filesystem::path& path);

// DENIED when a folder is closed to the server's user, to whom it looks like no repository at all.
Result<void> check_readable(const std::filesystem::path& directory);

// The user's repository. INVALID when its working tree is not `worktree`: a repository may name any
// folder of the machine as its working tree.
Result<RepositoryPtr> open_worktree(const std::filesystem::path& worktree);

Result<CommitPtr> find_commit(git_repository* repository, const Revision& revision);
Result<TreePtr> find_tree(git_repository* repository, const Revision& revision);

}  // namespace pawl::git
