#include "server/jobs/project_sources.h"

#include "server/store/store.h"

namespace pawl {
namespace {

constexpr std::size_t kDescriptionsMax = 2000;
constexpr std::size_t kDirectoriesMax = 1000;

}  // namespace

Result<Project> ProjectSources::project_of(const std::string& directory) {
  std::string root;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = roots_.find(directory); known != roots_.end()) root = known->second;
  }
  if (root.empty()) {
    TRY(const auto worktree, find_worktree(directory));
    root = worktree.string();
  }
  TRY(auto project,
      store_.read([&](Reader& reader) { return find_project_by_root(reader, root); }));
  if (!project) {
    return fail(ErrorKind::kNotFound, "the repository " + root + " is not registered",
                "A human runs `pawl init` in it once: that pins the goal and the frozen files.");
  }
  const std::scoped_lock lock(mutex_);
  if (roots_.size() >= kDirectoriesMax) roots_.clear();
  roots_[directory] = root;
  return *std::move(project);
}

Result<Repository> ProjectSources::repository(const std::string& name, const std::string& root) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = repositories_.find(name); known != repositories_.end())
    return known->second;
  TRY(Repository opened, Repository::open_or_create(paths_.repository(name), root));
  return repositories_.emplace(name, std::move(opened)).first->second;
}

Result<std::shared_ptr<const ProjectSources::Description>> ProjectSources::describe(
    const Repository& repository, const Revision& revision) {
  const std::string key = repository.path().string() + ":" + revision.commit;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = descriptions_.find(key); known != descriptions_.end())
      return known->second;
  }
  TRY(std::string text, repository.read_file(revision, "pawl.toml"));
  auto parsed = parse_project_file({"pawl.toml", std::move(text)});
  if (!parsed) return std::unexpected(to_error(parsed.error()));
  TRY(std::string tree, repository.tree_of(revision));
  auto description = std::make_shared<const Description>(*std::move(parsed), std::move(tree));
  const std::scoped_lock lock(mutex_);
  if (descriptions_.size() >= kDescriptionsMax) descriptions_.clear();
  return descriptions_.emplace(key, std::move(description)).first->second;
}

}  // namespace pawl
