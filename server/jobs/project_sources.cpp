#include "server/jobs/project_sources.h"

#include "server/store/store.h"

namespace pawl {
namespace {

constexpr std::size_t kDescriptionsMax = 2000;
constexpr std::size_t kDirectoriesMax = 1000;

// The TOML files right in `policies/`.
Result<std::vector<SourceText>> policy_files(const Repository& repository,
                                             const Revision& revision) {
  constexpr std::string_view kFolder = "policies/";
  std::vector<SourceText> files;
  TRY(const auto listed, repository.list_files(revision));
  for (const SourceFile& file : listed) {
    const bool right_there =
        file.path.starts_with(kFolder) && file.path.find('/', kFolder.size()) == std::string::npos;
    if (!right_there || !file.path.ends_with(".toml")) continue;
    TRY(std::string text, repository.read_file(revision, file.path));
    files.push_back({file.path, std::move(text)});
  }
  return files;
}

Result<std::shared_ptr<const Rules>> tighten_for(const Project& project,
                                                 const Repository& repository,
                                                 const std::shared_ptr<const Rules>& outer) {
  TRY(auto files, policy_files(repository, Revision{project.base_commit}));
  if (files.empty()) return outer;
  auto policy = tighten(outer->policy, project.name, std::move(files));
  if (!policy) {
    Error error = to_error(policy.error());
    error.hint =
        "The policies/ folder of a project's approved base may only let less happen. " + error.hint;
    return std::unexpected(std::move(error));
  }
  return std::make_shared<const Rules>(*std::move(policy), outer->pools);
}

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

Result<std::shared_ptr<const Rules>> ProjectSources::tightened(
    const Project& project, const std::shared_ptr<const Rules>& outer) {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = tightened_.find(project.id);
    if (known != tightened_.end() && known->second.outer == outer &&
        known->second.base_commit == project.base_commit)
      return known->second.inner;
  }
  TRY(const Repository from, repository(project));
  auto inner = tighten_for(project, from, outer);
  const std::scoped_lock lock(mutex_);
  tightened_.insert_or_assign(project.id, Tightened{project.base_commit, outer, inner});
  return inner;
}

}  // namespace pawl
