#include "server/source/worktree_state.h"

#include "server/source/git.h"

namespace pawl {
namespace {

Result<git::RepositoryPtr> open_around(const std::filesystem::path& directory) {
  git::start_library();
  git::RepositoryPtr repository;
  const int code = git_repository_open_ext(git::out(repository), directory.c_str(), 0, nullptr);
  if (code == GIT_ENOTFOUND) {
    return fail(ErrorKind::kNotFound, fmt::format("{} is in no git repository", directory.string()),
                "Run `git init` in the project's folder and commit once; an experiment is a change "
                "of a commit.");
  }
  CHECK_OK(git::ok(code, "could not open the repository of {}", directory.string()));
  return repository;
}

Result<git_oid> head_of(git_repository* repository, const std::filesystem::path& root) {
  git_oid id{};
  const int code = git_reference_name_to_id(&id, repository, "HEAD");
  if (code == GIT_ENOTFOUND) {
    return fail(ErrorKind::kInvalid,
                fmt::format("the repository {} has no commit yet", root.string()),
                "Commit what is there, then run `pawl init` again: the commit becomes the base "
                "that experiments are compared with.");
  }
  CHECK_OK(git::ok(code, "could not read HEAD of {}", root.string()));
  return id;
}

Result<std::optional<std::string>> text_at(git_repository* repository, const git_oid& head,
                                           const std::string& file) {
  TRY(const git::TreePtr tree, git::find_tree(repository, {git::hex(head)}));
  const git_tree_entry* entry = git_tree_entry_byname(tree.get(), file.c_str());
  if (entry == nullptr || git_tree_entry_type(entry) != GIT_OBJECT_BLOB) return std::nullopt;
  git::BlobPtr blob;
  CHECK_OK(git::ok(git_blob_lookup(git::out(blob), repository, git_tree_entry_id(entry)),
                   "could not read {} of HEAD", file));
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                     static_cast<std::size_t>(git_blob_rawsize(blob.get())));
}

}  // namespace

Result<WorktreeState> look_at_worktree(const std::filesystem::path& directory,
                                       const std::string& file) {
  TRY(const git::RepositoryPtr repository, open_around(directory));
  const char* const top = git_repository_workdir(repository.get());
  if (top == nullptr) {
    return fail(ErrorKind::kInvalid,
                fmt::format("the repository {} is bare: it has no files to run",
                            git_repository_path(repository.get())),
                "Run `pawl init` in a clone of it.");
  }
  std::error_code error;
  WorktreeState state{.root = std::filesystem::canonical(top, error), .head = {}, .committed = {}};
  if (error) return fail(ErrorKind::kEngine, std::string(top) + ": " + error.message());
  TRY(const git_oid head, head_of(repository.get(), state.root));
  state.head = git::hex(head);
  TRY(state.committed, text_at(repository.get(), head, file));
  return state;
}

}  // namespace pawl
