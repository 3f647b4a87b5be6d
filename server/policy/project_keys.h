// Every key of pawl.toml, once.
#pragma once
#include "server/policy/fields.h"
#include "server/policy/project_file.h"

namespace pawl {

// A parameter's numbers as they stand in the file, before its type is known.
struct ParamText {
  ParamType type = ParamType::kString;
  std::optional<ParamValue> min, max, fallback;
  std::vector<ParamValue> choices;
  std::string doc;
};

const Fields<ProjectFile>& project_top_fields();  // name, command, build, frozen, artifacts
const Fields<Goal>& goal_fields();                // [goal]
const Fields<ParamText>& param_fields();          // [params.NAME]
const Fields<ProjectVolume>& volume_fields();     // [[volume]]
const Fields<Environment>& environment_fields();  // [environment]

}  // namespace pawl
