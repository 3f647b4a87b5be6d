// Repository::apply_edits: small exact replacements, as agents write them.
#include <map>

#include "server/source/commit_tree.h"
#include "server/source/git.h"
#include "server/source/repository.h"
#include "server/source/source_path.h"

namespace pawl {
namespace {

struct EditedFile {
  std::string text;
  git_filemode_t mode = GIT_FILEMODE_BLOB;
  bool exists = false;
};

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

std::unexpected<Error> refuse(const Edit& edit, std::string_view why, std::string hint) {
  return fail(ErrorKind::kInvalid, fmt::format("edit of \"{}\": {}", edit.path, why),
              std::move(hint));
}

Result<EditedFile> load(git_repository* repository, git_tree* tree, const Edit& edit) {
  git::TreeEntryPtr entry;
  const int code = git_tree_entry_bypath(git::out(entry), tree, edit.path.c_str());
  if (code == GIT_ENOTFOUND) return EditedFile{};
  CHECK_OK(git::ok(code, "could not read \"{}\"", edit.path));
  const git_filemode_t mode = git_tree_entry_filemode(entry.get());
  if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE) {
    return refuse(edit, "it is a folder, a link or a submodule", "Edit the file itself.");
  }
  git::BlobPtr blob;
  CHECK_OK(git::ok(git_blob_lookup(git::out(blob), repository, git_tree_entry_id(entry.get())),
                   "could not read \"{}\"", edit.path));
  const auto* bytes = static_cast<const char*>(git_blob_rawcontent(blob.get()));
  return EditedFile{{bytes, static_cast<std::size_t>(git_blob_rawsize(blob.get()))}, mode, true};
}

Result<void> apply(const Edit& edit, EditedFile& file) {
  if (edit.old_text.empty()) {
    if (file.exists) {
      return refuse(edit, "the file exists and the old text is empty",
                    "An empty old text makes a new file; name the text to replace.");
    }
    file = {edit.new_text, GIT_FILEMODE_BLOB, true};
    return {};
  }
  if (!file.exists) {
    return refuse(edit, "there is no such file", "Leave the old text empty to make a new file.");
  }
  const std::size_t matches = count(file.text, edit.old_text);
  if (matches != 1) {
    return refuse(edit, fmt::format("the old text occurs {} times, it must occur once", matches),
                  matches == 0 ? "Copy it exactly, blanks included, from this revision's file."
                               : "Give more lines around it.");
  }
  file.text.replace(file.text.find(edit.old_text), edit.old_text.size(), edit.new_text);
  return {};
}

Result<git_oid> write_tree(git_repository* repository, git_tree* base,
                           const std::map<std::string, EditedFile>& files) {
  std::vector<git_tree_update> updates;
  for (const auto& [path, file] : files) {
    git_tree_update update{GIT_TREE_UPDATE_UPSERT, {}, file.mode, path.c_str()};
    CHECK_OK(git::ok(
        git_blob_create_from_buffer(&update.id, repository, file.text.data(), file.text.size()),
        "could not store \"{}\"", path));
    updates.push_back(update);
  }
  git_oid tree{};
  const int code = git_tree_create_updated(&tree, repository, base, updates.size(), updates.data());
  if (code < 0) {  // a new file below what is a file, or in place of a folder
    return fail(ErrorKind::kInvalid, "could not place the edited files: " + git::last_message());
  }
  return tree;
}

}  // namespace

Result<Revision> Repository::apply_edits(const Revision& base, std::span<const Edit> edits) const {
  TRY(const git::Staging staging, git::Staging::open(bare_));
  TRY(const git::TreePtr tree, git::find_tree(staging.repository(), base));
  std::map<std::string, EditedFile> files;
  for (const Edit& edit : edits) {
    CHECK_OK(check_source_path(edit.path));
    if (!files.contains(edit.path)) {
      TRY(files[edit.path], load(staging.repository(), tree.get(), edit));
    }
    CHECK_OK(apply(edit, files[edit.path]));
  }
  TRY(const git_oid edited, write_tree(staging.repository(), tree.get(), files));
  return git::commit_tree(staging, base, edited, "edits\n");
}

}  // namespace pawl
