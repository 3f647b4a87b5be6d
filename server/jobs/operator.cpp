#include <fstream>
#include <sstream>

#include "server/jobs/authority.h"
#include "server/jobs/lines.h"
#include "server/jobs/notices.h"
#include "server/jobs/service.h"
#include "server/jobs/volumes.h"
#include "server/jobs/world.h"
#include "server/store/queue.h"

namespace pawl {
namespace {

Result<ProjectLine> line_of(Reader& reader, const Project& project) {
  TRY(const auto jobs, list_jobs(reader, {.project = project.id, .states = {}, .limit = 100'000}));
  return ProjectLine{.name = project.name,
                     .root = project.root,
                     .metric = project.goal_metric,
                     .base = project.base_commit,
                     .best = project.best_commit,
                     .jobs = static_cast<std::int64_t>(jobs.size())};
}

// The name decides where pawl's own repository lies, so it is read before there is one.
Result<std::string> name_in(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorKind::kNotFound, path.string() + " does not exist or cannot be read",
                "Write a pawl.toml (goal, command, parameters) and commit it.");
  }
  std::ostringstream text;
  text << file.rdbuf();
  const auto parsed = parse_project_file({path.string(), text.str()});
  if (!parsed) return std::unexpected(to_error(parsed.error()));
  return parsed->name;
}

// Before pawl's own repository of that name is opened: it is the other project's.
Result<void> check_name_is_free(Store& store, const std::string& name) {
  TRY(const auto other,
      store.read([&](Reader& reader) { return find_project_by_name(reader, name); }));
  if (!other) return {};
  return fail(ErrorKind::kConflict,
              "a project named \"" + name + "\" is registered already, in " + other->root,
              "Give this one another name in its pawl.toml, commit it, and run `pawl init` again.");
}

// Again and again, until all that the base names are there.
Result<void> register_volumes(World& world, const Project& project) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const auto base, world.sources.describe(repository, Revision{project.base_commit}));
  return register_missing(world, {project, base->file.volumes});
}

}  // namespace

Result<ProjectLine> Service::init(const Caller& caller) {
  CHECK_OK(require_human(world_, caller));
  TRY(const auto root, find_worktree(caller.directory));
  if (auto known = world_.sources.project_of(caller.directory)) {
    CHECK_OK(register_volumes(world_, *known));
    return world_.store.read([&](Reader& reader) { return line_of(reader, *known); });
  }
  TRY(const std::string name, name_in(root / "pawl.toml"));
  CHECK_OK(check_name_is_free(world_.store, name));
  TRY(const Repository repository, world_.sources.repository(name, root.string()));
  TRY(const Revision head, repository.resolve("HEAD"));
  TRY(const auto description, world_.sources.describe(repository, head));
  const ProjectFile& file = description->file;
  if (file.name != name) {
    return fail(ErrorKind::kConflict,
                "pawl.toml names the project \"" + name + "\", but HEAD has \"" + file.name + "\"",
                "Commit pawl.toml first: the base is what HEAD holds.");
  }
  TRY(const Project project, world_.store.write([&](Transaction& transaction) {
    return register_project(transaction, {.name = name,
                                          .root = root.string(),
                                          .base_commit = head.commit,
                                          .goal_metric = file.goal.metric,
                                          .direction = file.goal.direction});
  }));
  CHECK_OK(repository.pin(head, "base"));
  CHECK_OK(register_volumes(world_, project));
  return world_.store.read([&](Reader& reader) { return line_of(reader, project); });
}

Result<std::vector<JobLine>> Service::jobs(const Caller& caller, std::int64_t limit) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  return world_.store.read([&](Reader& reader) -> Result<std::vector<JobLine>> {
    TRY(const auto rows, list_jobs(reader, {.project = project.id,
                                            .states = {},
                                            .limit = static_cast<std::int32_t>(limit)}));
    TRY(const Yardstick measure, yardstick(world_, reader, project));
    std::vector<JobLine> lines;
    for (const JobRow& row : rows) {
      TRY(JobLine line, line_of(world_, reader, row, measure));
      lines.push_back(std::move(line));
    }
    return lines;
  });
}

Result<ServerStatus> Service::status() {
  const auto rules = world_.rules.rules();
  return world_.store.read([&](Reader& reader) -> Result<ServerStatus> {
    ServerStatus status{.version = world_.version,
                        .state_folder = world_.paths.state.string(),
                        .policy_file = world_.rules.folder().string(),
                        .trust_mode = std::string(name_of(world_.trust.mode)),
                        .epoch = world_.store.epoch().value,
                        .boxed = world_.boxed,
                        .http = world_.http};
    TRY(status.notices, notices(world_, reader, Audience::kHuman));
    TRY(const auto projects, list_projects(reader));
    status.projects = static_cast<std::int64_t>(projects.size());
    TRY(const Load now, load(reader, {}));
    status.queued = now.queued;
    status.live = now.live;
    TRY(const Inventory pools, inventory(reader, *rules, world_.machine));
    for (const PoolState& pool : pools) {
      status.slots_total += pool.total;
      status.slots_free += pool.free;
    }
    return status;
  });
}

}  // namespace pawl
