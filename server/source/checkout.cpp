// Repository::checkout, written on its own rather than with libgit2's: no attributes, filters,
// hooks or index, and each file is created by name in a folder that is held open, so that nothing
// can lead out of the target. A third of the time, too.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "server/source/git.h"
#include "server/source/repository.h"
#include "server/source/source_path.h"

namespace pawl {
namespace {

constexpr int kDepthMax = 200;  // folders inside folders; PATH_MAX ends the useful ones earlier
constexpr mode_t kFolderMode = 0755, kFileMode = 0644, kExecutableMode = 0755;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

std::unexpected<Error> disk_error(std::string_view name) {
  return fail(ErrorKind::kEngine,
              fmt::format("could not write \"{}\": {}", name, std::strerror(errno)));
}

Result<Descriptor> open_folder(int parent, const char* name) {
  Descriptor folder(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0 || ::fchmod(folder.get(), kFolderMode) != 0) return disk_error(name);
  return folder;
}

Result<void> write_blob(int folder, const char* name, std::string_view bytes, mode_t mode) {
  const Descriptor file(
      ::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (file.get() < 0 || ::fchmod(file.get(), mode) != 0) return disk_error(name);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return disk_error(name);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> write_entry(git_odb* odb, int folder, const git_tree_entry* entry) {
  const char* name = git_tree_entry_name(entry);
  git::OdbObjectPtr object;
  CHECK_OK(git::ok(git_odb_read(git::out(object), odb, git_tree_entry_id(entry)),
                   "could not read \"{}\"", name));
  const std::string_view bytes(static_cast<const char*>(git_odb_object_data(object.get())),
                               git_odb_object_size(object.get()));
  const git_filemode_t mode = git_tree_entry_filemode(entry);
  if (mode == GIT_FILEMODE_LINK) {
    if (::symlinkat(std::string(bytes).c_str(), folder, name) != 0) return disk_error(name);
    return {};
  }
  return write_blob(folder, name, bytes,
                    mode == GIT_FILEMODE_BLOB_EXECUTABLE ? kExecutableMode : kFileMode);
}

Result<void> write_tree(git_repository* repository, git_odb* odb, const git_tree* tree, int folder,
                        int depth) {
  if (depth > kDepthMax) {
    return fail(ErrorKind::kInvalid, fmt::format("folders lie more than {} deep", kDepthMax));
  }
  for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
    const char* name = git_tree_entry_name(entry);
    if (!is_safe_name(name)) {
      return fail(ErrorKind::kInvalid, "the revision holds a file name that is not allowed",
                  "Rename files called .git, or with control characters in their names.");
    }
    if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
      CHECK_OK(write_entry(odb, folder, entry));
      continue;
    }
    if (::mkdirat(folder, name, kFolderMode) != 0) return disk_error(name);
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) continue;  // a submodule
    TRY(const Descriptor child, open_folder(folder, name));
    git::TreePtr subtree;
    CHECK_OK(git::ok(git_tree_lookup(git::out(subtree), repository, git_tree_entry_id(entry)),
                     "could not read folder \"{}\"", name));
    CHECK_OK(write_tree(repository, odb, subtree.get(), child.get(), depth + 1));
  }
  return {};
}

}  // namespace

Result<void> Repository::checkout(const Revision& revision,
                                  const std::filesystem::path& folder) const {
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  TRY(const git::TreePtr tree, git::find_tree(repository.get(), revision));
  git::OdbPtr odb;
  CHECK_OK(git::ok(git_repository_odb(git::out(odb), repository.get()), "could not open objects"));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_empty(folder, error)) {
    return fail(ErrorKind::kConflict,
                fmt::format("{} cannot be checked out to: {}", folder.string(),
                            error ? error.message() : "it is not empty"));
  }
  TRY(const Descriptor top, open_folder(AT_FDCWD, folder.c_str()));
  return write_tree(repository.get(), odb.get(), tree.get(), top.get(), 0);
}

}  // namespace pawl
