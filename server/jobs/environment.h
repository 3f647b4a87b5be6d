// What the experiments of a project run in: built once for each key by a job of its own, which is
// reserved, charged and listed as every other, and on which they wait. Only the base that a human
// approved says how it is built, and an experiment may not change the files of its key; so nothing
// that an agent wrote runs with network.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "server/core/result.h"
#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"

namespace pawl {

// The job builds an environment; it is no experiment.
bool is_environment(const NewJob& job);

// The digest that such a job builds.
std::string environment_key(const NewJob& build);

// The job that would build what the project's base asks for.
struct EnvironmentBuild {
  NewJob job;
  Terms terms;
  std::function<bool(const JobRow&)> stands;  // what an earlier build left is still there
};

struct EnvironmentRequest {
  std::string principal;  // pays for it
  const Project& project;
  const Rules& rules;
};

// None where the base has no [environment]. NOT_FOUND where it lacks a file of the key.
Result<std::optional<EnvironmentBuild>> environment_build(World& world,
                                                          const EnvironmentRequest& request);

// Ends every queued job whose build ended badly, and gives its money back. The scheduler calls it
// at each look, so that no end of a build, however it came, and no restart leaves one waiting.
Result<void> fail_stranded(World& world);

}  // namespace pawl
