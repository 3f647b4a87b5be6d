#include "server/store/projects.h"

#include <array>

#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kDirections = {"min", "max"};

#define PROJECT_COLUMNS                                                                      \
  "id, name, root, base_commit, goal_metric, direction, best_commit, best_job, best_value, " \
  "created_at"

Project project_from(sql::Row& row) {
  Project project;
  project.id = row.take<ProjectId>();
  project.name = row.take<std::string>();
  project.root = row.take<std::string>();
  project.base_commit = row.take<std::string>();
  project.goal_metric = row.take<std::string>();
  project.direction = row.take_word<Direction>(kDirections);
  project.best_commit = row.take<std::string>();
  project.best_job = row.take<std::optional<JobId>>();
  project.best_value = row.take<std::optional<double>>();
  project.created = row.take<Timestamp>();
  return project;
}

}  // namespace

Result<Project> register_project(Transaction& transaction, const NewProject& project) {
  const auto id = sql::insert(transaction,
                              "INSERT INTO project(name, root, base_commit, goal_metric, "
                              "direction, best_commit, created_at)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?3, ?6)",
                              project.name, project.root, project.base_commit, project.goal_metric,
                              sql::word(kDirections, project.direction), transaction.now());
  if (!id && id.error().kind == ErrorKind::kConflict) {
    return fail(ErrorKind::kConflict,
                "a project named \"" + project.name + "\" or with the folder " + project.root +
                    " is registered already",
                "Choose another name, or use the project that is there.");
  }
  if (!id) return std::unexpected(id.error());
  return find_project(transaction, {*id});
}

Result<Project> find_project(Reader& reader, ProjectId id) {
  TRY(auto project,
      sql::one(reader, "SELECT " PROJECT_COLUMNS " FROM project WHERE id = ?", project_from, id));
  if (!project)
    return fail(ErrorKind::kNotFound, "there is no project with id " + std::to_string(id.value));
  return *std::move(project);
}

Result<std::optional<Project>> find_project_by_root(Reader& reader, const std::string& root) {
  return sql::one(reader, "SELECT " PROJECT_COLUMNS " FROM project WHERE root = ?", project_from,
                  root);
}

Result<std::optional<Project>> find_project_by_name(Reader& reader, const std::string& name) {
  return sql::one(reader, "SELECT " PROJECT_COLUMNS " FROM project WHERE name = ?", project_from,
                  name);
}

Result<std::vector<Project>> list_projects(Reader& reader) {
  return sql::all(reader, "SELECT " PROJECT_COLUMNS " FROM project ORDER BY id", project_from);
}

Result<void> set_best(Transaction& transaction, ProjectId id, const std::string& expected_commit,
                      const Best& best) {
  TRY(const auto changed, sql::change(transaction,
                                      "UPDATE project SET best_commit = ?, best_job = ?, "
                                      "best_value = ? WHERE id = ? AND best_commit = ?",
                                      best.commit, best.job, best.value, id, expected_commit));
  if (changed == 1) return {};
  TRY(const Project now, find_project(transaction, id));
  return fail(ErrorKind::kConflict,
              "best has moved on to " + now.best_commit.substr(0, 12) +
                  " since you looked (it was " + expected_commit.substr(0, 12) + ")",
              "Compare with the new best, then decide again.");
}

Result<void> pin_base(Transaction& transaction, ProjectId id, const NewProject& approved) {
  TRY(const auto changed,
      sql::change(transaction,
                  "UPDATE project SET base_commit = ?, goal_metric = ?, direction = ? WHERE id = ?",
                  approved.base_commit, approved.goal_metric,
                  sql::word(kDirections, approved.direction), id));
  if (changed == 1) return {};
  return fail(ErrorKind::kNotFound, "there is no project with id " + std::to_string(id.value));
}

}  // namespace pawl
