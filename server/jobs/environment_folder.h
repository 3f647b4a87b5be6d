// The files of an environment: where a build makes them, how they are kept, and where an experiment
// finds them. A build works at the path where its work will stay (virtual environments hold their
// own path), in a folder that no other attempt ever uses; the row of its success is what makes it
// count, so a build that a crash cut short is never used.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/sandbox/box.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"

namespace pawl {

// Of the last attempt of `build`.
std::filesystem::path environment_folder(const World& world, const Project& project,
                                         const JobRow& build);

// After a build that ended well: removes all but what the environment names, and makes that
// durable. The answer says why it cannot be used, and is empty when it can. Safe to call again.
Result<std::string> keep_environment(World& world, const Project& project, const JobRow& build);

void remove_environment(const std::filesystem::path& folder);

// What the experiment is shown, read-only: each path in its checkout, and at the place where it was
// built, which scripts in it name. NOT_FOUND when somebody removed it.
Result<std::vector<Volume>> environment_volumes(World& world, const Project& project,
                                                const JobRow& build);

}  // namespace pawl
