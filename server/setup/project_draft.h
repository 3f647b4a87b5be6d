// What `pawl init` proposes for a repository without pawl.toml, and the file it makes of it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/policy/project_file.h"

namespace pawl {

struct ProjectDraft {
  std::string what;         // "a checkout of autoresearch": as people are told
  ProjectFile file;         // command, metric or both may be empty: a human must say
  int minutes = 15;         // of one experiment, for the policy's stages; start and build included
  bool fixed_time = false;  // every run takes that long: no stage is shorter or longer
};

// Looks at the names of the files at the top of the repository, and reads none.
ProjectDraft recognise_project(const std::filesystem::path& root);

// "My Project" -> "my-project": what may stand as a project's name.
std::string project_name_of(const std::string& folder);

// Words between blanks; '...' and "..." keep blanks. INVALID: a quote that is not closed.
Result<std::vector<std::string>> words_of(const std::string& command);

// The pawl.toml, with a comment for each key. Reading it back gives `draft` again.
std::string project_text(const ProjectDraft& draft);

}  // namespace pawl
