// Repository's reading side: one file, all file names, the difference of two revisions.
#include <algorithm>

#include "server/source/git.h"
#include "server/source/repository.h"
#include "server/source/source_path.h"

namespace pawl {
namespace {

constexpr git_off_t kDiffFileBytesMax = 4 << 20;  // a larger file is shown as binary

FileKind kind_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_BLOB_EXECUTABLE:
      return FileKind::kExecutable;
    case GIT_FILEMODE_LINK:
      return FileKind::kLink;
    case GIT_FILEMODE_COMMIT:
      return FileKind::kSubmodule;
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_TREE:  // never listed
    case GIT_FILEMODE_UNREADABLE:
      return FileKind::kRegular;
  }
  __builtin_unreachable();
}

int list_entry(const char* folder, const git_tree_entry* entry, void* payload) {
  if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) return 0;
  static_cast<std::vector<SourceFile>*>(payload)->push_back(
      {std::string(folder) + git_tree_entry_name(entry), kind_of(git_tree_entry_filemode(entry)),
       git::hex(*git_tree_entry_id(entry))});
  return 0;
}

struct DiffText {
  std::string text;
  std::size_t bytes_max;
};

int print_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line,
               void* payload) {
  auto& diff = *static_cast<DiffText*>(payload);
  const bool marked = line->origin == GIT_DIFF_LINE_CONTEXT ||
                      line->origin == GIT_DIFF_LINE_ADDITION ||
                      line->origin == GIT_DIFF_LINE_DELETION;
  if (diff.text.size() + line->content_len + (marked ? 1 : 0) > diff.bytes_max) return GIT_EUSER;
  if (marked) diff.text += line->origin;
  diff.text.append(line->content, line->content_len);
  return 0;
}

Result<DiffStat> stat_of(git_diff* diff) {
  git::DiffStatsPtr stats;
  CHECK_OK(git::ok(git_diff_get_stats(git::out(stats), diff), "could not count changes"));
  return DiffStat{static_cast<std::int64_t>(git_diff_stats_files_changed(stats.get())),
                  static_cast<std::int64_t>(git_diff_stats_insertions(stats.get())),
                  static_cast<std::int64_t>(git_diff_stats_deletions(stats.get()))};
}

}  // namespace

Result<std::string> Repository::read_file(const Revision& revision, std::string_view path) const {
  CHECK_OK(check_source_path(path));
  const std::string name(path);
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  TRY(const git::TreePtr tree, git::find_tree(repository.get(), revision));
  git::TreeEntryPtr entry;
  const int code = git_tree_entry_bypath(git::out(entry), tree.get(), name.c_str());
  if (code == GIT_ENOTFOUND || (code == 0 && git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB) ||
      (code == 0 && git_tree_entry_filemode(entry.get()) == GIT_FILEMODE_LINK)) {
    return fail(ErrorKind::kNotFound,
                fmt::format("no file \"{}\" in {}", name, revision.commit.substr(0, 10)));
  }
  CHECK_OK(git::ok(code, "could not read \"{}\"", name));
  git::BlobPtr blob;
  CHECK_OK(
      git::ok(git_blob_lookup(git::out(blob), repository.get(), git_tree_entry_id(entry.get())),
              "could not read \"{}\"", name));
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                     static_cast<std::size_t>(git_blob_rawsize(blob.get())));
}

Result<std::vector<SourceFile>> Repository::list_files(const Revision& revision) const {
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  TRY(const git::TreePtr tree, git::find_tree(repository.get(), revision));
  std::vector<SourceFile> files;
  CHECK_OK(git::ok(git_tree_walk(tree.get(), GIT_TREEWALK_PRE, list_entry, &files),
                   "could not list the files of {}", revision.commit));
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

Result<std::string> Repository::tree_of(const Revision& revision) const {
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  TRY(const git::TreePtr tree, git::find_tree(repository.get(), revision));
  return git::hex(*git_tree_id(tree.get()));
}

Result<Diff> Repository::diff(const Revision& from, const Revision& to,
                              std::size_t bytes_max) const {
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  TRY(const git::TreePtr old_tree, git::find_tree(repository.get(), from));
  TRY(const git::TreePtr new_tree, git::find_tree(repository.get(), to));
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.max_size = kDiffFileBytesMax;
  git::DiffPtr diff;
  CHECK_OK(git::ok(git_diff_tree_to_tree(git::out(diff), repository.get(), old_tree.get(),
                                         new_tree.get(), &options),
                   "could not compare {} and {}", from.commit, to.commit));
  TRY(const DiffStat stat, stat_of(diff.get()));
  DiffText text{{}, bytes_max};
  const int code = git_diff_print(diff.get(), GIT_DIFF_FORMAT_PATCH, print_line, &text);
  if (code != GIT_EUSER) CHECK_OK(git::ok(code, "could not print a difference"));
  return Diff{stat, std::move(text.text), code == GIT_EUSER};
}

}  // namespace pawl
