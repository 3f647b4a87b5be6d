#include "server/jobs/environment_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/jobs/environment.h"
#include "server/jobs/handles.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> paths_of(World& world, const Project& project,
                                          const JobRow& build) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const auto description, world.sources.describe(repository, Revision{build.commit}));
  return description->file.environment.path;
}

std::string problem_of(const fs::path& folder, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status found = fs::symlink_status(folder / path, error);
    if (!fs::exists(found)) return fmt::format("the build ended well, but left no \"{}\"", path);
    if (fs::is_symlink(found)) return fmt::format("the build left \"{}\" as a link", path);
  }
  return "";
}

// Without the checkout around it, a package that was installed "editable" is missing rather than an
// old copy of the code under experiment.
void prune(const fs::path& folder, const fs::path& place, const std::vector<std::string>& kept) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string path = (place / entry.path().filename()).string();
    if (std::ranges::find(kept, path) != kept.end()) continue;
    const bool leads_on = std::ranges::any_of(
        kept, [&](const std::string& name) { return name.starts_with(path + "/"); });
    if (leads_on && !entry.is_symlink()) {
      prune(entry.path(), path, kept);
    } else {
      fs::remove_all(entry.path());
    }
  }
}

Result<void> sync(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = opened >= 0 && ::syncfs(opened) == 0;
  const std::string why = std::strerror(errno);
  if (opened >= 0) ::close(opened);
  if (good) return {};
  return fail(ErrorKind::kEngine, "could not sync " + folder.string() + ": " + why);
}

}  // namespace

fs::path environment_folder(const World& world, const Project& project, const JobRow& build) {
  return world.paths.environment(project.name, build.number, build.attempts);
}

Result<std::string> keep_environment(World& world, const Project& project, const JobRow& build) {
  const fs::path folder = environment_folder(world, project, build);
  TRY(const auto paths, paths_of(world, project, build));
  const std::string problem = problem_of(folder, paths);
  if (!problem.empty()) return problem;
  try {
    prune(folder, "", paths);
  } catch (const fs::filesystem_error& error) {
    return fail(ErrorKind::kEngine, std::string("could not tidy up a build: ") + error.what());
  }
  CHECK_OK(sync(folder));
  return std::string();
}

void remove_environment(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) spdlog::warn("could not remove {}: {}", folder.string(), error.message());
}

Result<std::vector<Volume>> environment_volumes(World& world, const Project& project,
                                                const JobRow& build) {
  const fs::path folder = environment_folder(world, project, build);
  TRY(const auto paths, paths_of(world, project, build));
  std::vector<Volume> volumes;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::exists(folder / path, error)) {
      return fail(ErrorKind::kNotFound,
                  fmt::format("{} of the environment that job {} built is gone",
                              (folder / path).string(), job_handle(build.number, "")),
                  "Submit again: it is built again.");
    }
    volumes.push_back({folder / path, folder / path});
    volumes.push_back({folder / path, path});
  }
  return volumes;
}

}  // namespace pawl
