// `pawl.toml`, the file in a repository that says what an experiment of it is. Part of each
// snapshot; goal, frozen list and evaluator count from the revision that a human approved.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "server/core/goal.h"
#include "server/policy/diagnostic.h"
#include "server/policy/params.h"

namespace pawl {

struct Goal {
  std::string metric;
  Direction direction = Direction::kMin;
  std::int32_t decimals = 4;  // for reading
  bool operator==(const Goal&) const = default;
};

// Read-only data mounted at `path` inside the box.
struct ProjectVolume {
  std::string name;
  std::string source;  // of the host: absolute, or "~/..."; empty: the server's volume of that name
  std::string path;    // absolute, or relative to the checkout, which is the job's home
  bool operator==(const ProjectVolume&) const = default;
};

// A folder that makes the next compilation cheaper, and the variable that leads a program to it.
struct CompileCache {
  std::string variable;  // "TORCHINDUCTOR_CACHE_DIR"
  std::string folder;    // one plain name: "torch_inductor"
  bool operator==(const CompileCache&) const = default;
};

// What is built once and then shown read-only to every experiment, such as a virtual environment.
struct Environment {
  std::vector<std::string> build;  // argv, run with network; empty: the project has no environment
  std::vector<std::string> key;    // files: as long as they stay the same, it is not built again
  std::vector<std::string> path;   // what the build leaves in the checkout, each without a "/" last
  std::vector<CompileCache> caches;
  bool operator==(const Environment&) const = default;
};

struct ProjectFile {
  std::string name;
  Goal goal;
  std::vector<std::string> command;    // argv before expansion; never a shell line
  std::vector<std::string> build;      // argv, empty: no build step
  std::vector<ParamSpec> params;       // by name
  std::vector<std::string> frozen;     // paths an experiment may not change
  std::vector<std::string> artifacts;  // globs below the run folder's artifacts/
  std::vector<ProjectVolume> volumes;
  Environment environment;
  bool operator==(const ProjectFile&) const = default;
};

std::expected<ProjectFile, Diagnostics> parse_project_file(const SourceText& file);

// The keys of pawl.toml as Markdown, from the table that the parser uses.
std::string project_file_reference();

}  // namespace pawl
