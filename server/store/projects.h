// Registered repositories: the goal that a human pinned, and the best revision so far.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/goal.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct NewProject {
  std::string name;  // unique; also a folder name
  std::string root;  // the user's work tree; unique
  std::string base_commit;
  std::string goal_metric;
  Direction direction = Direction::kMin;
};

struct Project : NewProject {
  ProjectId id;
  std::string best_commit;        // base_commit until something is kept
  std::optional<JobId> best_job;  // absent while best is the base
  std::optional<double> best_value;
  Timestamp created{};
};

struct Best {
  std::string commit;
  std::optional<JobId> job{};
  std::optional<double> value{};
};

// CONFLICT when the name or the root is taken.
Result<Project> register_project(Transaction& transaction, const NewProject& project);

// NOT_FOUND
Result<Project> find_project(Reader& reader, ProjectId id);
Result<std::optional<Project>> find_project_by_root(Reader& reader, const std::string& root);
Result<std::optional<Project>> find_project_by_name(Reader& reader, const std::string& name);
Result<std::vector<Project>> list_projects(Reader& reader);

// Two agents keep at once: only the one who saw the current best wins, the other gets CONFLICT.
Result<void> set_best(Transaction& transaction, ProjectId id, const std::string& expected_commit,
                      const Best& best);

// A human approved another base (pawl project approve): it moves the pinned goal too.
Result<void> pin_base(Transaction& transaction, ProjectId id, const NewProject& approved);

}  // namespace pawl
