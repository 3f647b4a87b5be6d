// The data of a project: registered by a human with the digest of all that it holds, looked at
// again before each launch, and told with each attempt.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/policy/project_file.h"
#include "server/sandbox/box.h"
#include "server/store/projects.h"

namespace pawl {

struct ProjectData {
  const Project& project;
  const std::vector<ProjectVolume>& volumes;  // of the approved base
};

struct ShownVolume {
  std::string name, digest;
  Volume mount;
  std::int64_t files = 0, bytes = 0;
};

// Registers those that say where they lie and are not known yet. Reads every byte of them.
Result<void> register_missing(World& world, const ProjectData& data);

// NOT_FOUND names the first that nobody registered.
Result<void> check_registered(World& world, const ProjectData& data);

// NOT_FOUND names the first that is not there, INVALID the first that changed.
Result<std::vector<ShownVolume>> volumes_to_show(World& world, const ProjectData& data);

}  // namespace pawl
