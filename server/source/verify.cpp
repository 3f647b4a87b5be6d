// Repository::first_altered: what lies on the disk against what a revision holds.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "server/source/git.h"
#include "server/source/repository.h"

namespace pawl {
namespace {

// git's id of what lies at `path`; empty where it is not a file of that kind.
std::string id_on_disk(const std::filesystem::path& path, FileKind kind) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return "";
  git_oid id;
  if (kind == FileKind::kLink) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(path, error).string();
    const bool good =
        !error && git_odb_hash(&id, target.data(), target.size(), GIT_OBJECT_BLOB) == 0;
    return good ? git::hex(id) : "";
  }
  if (!S_ISREG(info.st_mode)) return "";
  return git_odb_hashfile(&id, path.c_str(), GIT_OBJECT_BLOB) == 0 ? git::hex(id) : "";
}

bool lies_below(const std::string& file, std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return file == path || (file.starts_with(path) && file[path.size()] == '/');
}

}  // namespace

Result<std::optional<std::string>> Repository::first_altered(
    const Revision& revision, std::span<const std::string> paths,
    const std::filesystem::path& folder) const {
  TRY(const auto files, list_files(revision));
  for (const SourceFile& file : files) {
    if (file.kind == FileKind::kSubmodule) continue;
    const auto names = [&](const std::string& path) { return lies_below(file.path, path); };
    if (std::ranges::none_of(paths, names)) continue;
    if (id_on_disk(folder / file.path, file.kind) != file.blob) return file.path;
  }
  return std::nullopt;
}

}  // namespace pawl
