// Repository::apply_patch: a unified diff onto a revision, without a working tree.
#include "server/source/commit_tree.h"
#include "server/source/git.h"
#include "server/source/patch_text.h"
#include "server/source/repository.h"
#include "server/source/source_path.h"

namespace pawl {
namespace {

constexpr const char* kHint =
    "Make the diff against this revision, with the line counts of each hunk right.";

Result<git::DiffPtr> parse(std::string_view patch) {
  const std::string text = as_git_patch(patch);
  git::DiffPtr diff;
  if (git_diff_from_buffer(git::out(diff), text.data(), text.size()) < 0) {
    return fail(ErrorKind::kInvalid, "the patch is no unified diff: " + git::last_message(), kHint);
  }
  if (git_diff_num_deltas(diff.get()) == 0) {
    return fail(ErrorKind::kInvalid, "the patch changes no file", kHint);
  }
  return diff;
}

Result<void> check_side(const git_diff_file& file) {
  if (file.path == nullptr) return {};
  CHECK_OK(check_source_path(file.path));
  if (file.mode == GIT_FILEMODE_COMMIT) {
    return fail(ErrorKind::kInvalid, fmt::format("the patch moves the submodule \"{}\"", file.path),
                "Submodules are not part of an experiment.");
  }
  return {};
}

int remember_path(const git_diff_delta* delta, void* payload) {
  *static_cast<std::string*>(payload) =
      delta->old_file.path != nullptr ? delta->old_file.path : delta->new_file.path;
  return 0;
}

Result<git_oid> apply(git_repository* repository, git_tree* base, git_diff* diff) {
  std::string path;  // of the file that was being patched when it stopped
  git_apply_options options = GIT_APPLY_OPTIONS_INIT;
  options.delta_cb = remember_path;
  options.payload = &path;
  git::IndexPtr index;
  if (git_apply_to_tree(git::out(index), repository, base, diff, &options) < 0) {
    return fail(ErrorKind::kInvalid,
                fmt::format("the patch does not apply to \"{}\": {}", path, git::last_message()),
                kHint);
  }
  git_oid tree{};
  CHECK_OK(git::ok(git_index_write_tree_to(&tree, index.get(), repository),
                   "could not store the patched files"));
  return tree;
}

}  // namespace

Result<Revision> Repository::apply_patch(const Revision& base, std::string_view patch) const {
  TRY(const git::Staging staging, git::Staging::open(bare_));
  TRY(const git::TreePtr tree, git::find_tree(staging.repository(), base));
  TRY(const git::DiffPtr diff, parse(patch));
  for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff.get(), i);
    CHECK_OK(check_side(delta->old_file));
    CHECK_OK(check_side(delta->new_file));
  }
  TRY(const git_oid patched, apply(staging.repository(), tree.get(), diff.get()));
  return git::commit_tree(staging, base, patched, "patch\n");
}

}  // namespace pawl
