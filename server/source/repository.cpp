#include "server/source/repository.h"

#include <cerrno>
#include <system_error>

#include "server/source/git.h"
#include "server/source/source_path.h"

namespace pawl {
namespace {

constexpr const char* kBest = "refs/pawl/best";
constexpr const char* kRefs = "refs/pawl";

Result<void> configure(git_repository* repository) {
  git::ConfigPtr config;
  CHECK_OK(git::ok(git_repository_config(git::out(config), repository), "could not configure"));
  const auto set = [&](const char* key, std::int32_t value) {
    return git::ok(git_config_set_int32(config.get(), key, value), "could not set {}", key);
  };
  // A job between submit and its pin has no ref yet: git itself must not collect it.
  CHECK_OK(set("gc.auto", 0));
  // libgit2 1.5 reads this as the size from which on it looks for no deltas. Among the new files of
  // one snapshot there are few, and the search made a first import four times as slow.
  CHECK_OK(set("pack.deltaCacheSize", 0));
  // A human runs an experiment again by its commit id: REPRODUCE.md.
  return git::ok(git_config_set_bool(config.get(), "uploadpack.allowAnySHA1InWant", 1),
                 "could not set uploadpack.allowAnySHA1InWant");
}

// A server that was killed in the middle of a ref update leaves NAME.lock, which blocks for ever.
void remove_stale_locks(const std::filesystem::path& bare) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(bare / kRefs, error);
  for (; !error && files != std::filesystem::end(files); files.increment(error)) {
    std::error_code ignored;  // gone already, or reported by the update that it blocks
    if (files->path().extension() == ".lock") std::filesystem::remove(files->path(), ignored);
  }
}

Error conflict(const std::optional<Revision>& expected) {
  return {ErrorKind::kConflict,
          expected ? fmt::format("best is not {} any more", expected->commit)
                   : std::string("there is a best already"),
          "Read the new best, compare against it, and decide again."};
}

}  // namespace

Result<Repository> Repository::open_or_create(std::filesystem::path bare,
                                              std::filesystem::path worktree) {
  CHECK_OK(git::open_worktree(worktree));
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = "main";
  git::RepositoryPtr repository;  // completes a folder that is half there
  CHECK_OK(git::ok(git_repository_init_ext(git::out(repository), bare.c_str(), &options),
                   "could not create {}", bare.string()));
  CHECK_OK(configure(repository.get()));
  remove_stale_locks(bare);
  return Repository(std::move(bare), std::move(worktree));
}

Result<std::optional<Revision>> Repository::best() const {
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  git_oid id{};
  const int code = git_reference_name_to_id(&id, repository.get(), kBest);
  if (code == GIT_ENOTFOUND) return std::nullopt;
  CHECK_OK(git::ok(code, "could not read {}", kBest));
  return Revision{git::hex(id)};
}

Result<void> Repository::set_best(const std::optional<Revision>& expected,
                                  const Revision& revision) const {
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  CHECK_OK(git::find_commit(repository.get(), revision));
  TRY(const git_oid next, git::parse_id(revision));
  git::ReferencePtr made;
  int code = 0;
  if (expected) {
    TRY(const git_oid current, git::parse_id(*expected));
    code = git_reference_create_matching(git::out(made), repository.get(), kBest, &next, 1,
                                         &current, nullptr);
  } else {
    code = git_reference_create(git::out(made), repository.get(), kBest, &next, 0, nullptr);
  }
  // ELOCKED: another thread is writing it at this moment.
  if (code == GIT_EEXISTS || code == GIT_EMODIFIED || code == GIT_ELOCKED ||
      (expected && code == GIT_ENOTFOUND)) {
    return std::unexpected(conflict(expected));
  }
  return git::ok(code, "could not write {}", kBest);
}

Result<void> Repository::pin(const Revision& revision, std::string_view name) const {
  CHECK_OK(check_source_path(name));
  TRY(const git::RepositoryPtr repository, git::open_bare(bare_));
  CHECK_OK(git::find_commit(repository.get(), revision));
  TRY(const git_oid id, git::parse_id(revision));
  const std::string ref = fmt::format("{}/{}", kRefs, name);
  git::ReferencePtr made;
  return git::ok(
      git_reference_create(git::out(made), repository.get(), ref.c_str(), &id, 1, nullptr),
      "could not pin {} as {}", revision.commit, ref);
}

Result<std::filesystem::path> find_worktree(const std::filesystem::path& directory) {
  git::start_library();
  const Error missing{ErrorKind::kNotFound,
                      fmt::format("{} is in no git working tree", directory.string()),
                      "Start in a folder of a git repository."};
  if (!directory.is_absolute()) return std::unexpected(missing);
  git::RepositoryPtr repository;
  const int code = git_repository_open_ext(git::out(repository), directory.c_str(), 0, nullptr);
  if (code != 0) CHECK_OK(git::check_readable(directory));
  if (code == GIT_ENOTFOUND) return std::unexpected(missing);
  CHECK_OK(git::ok(code, "could not open the repository of {}", directory.string()));
  const char* workdir = git_repository_workdir(repository.get());
  if (workdir == nullptr) return std::unexpected(missing);
  std::error_code error;
  const auto top = std::filesystem::canonical(workdir, error);
  if (error) return fail(ErrorKind::kEngine, error.message());
  return top;
}

}  // namespace pawl
