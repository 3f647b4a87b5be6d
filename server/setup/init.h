// `pawl init` up to the moment when the server registers the project: pawl.toml and a policy are
// there, or were written. Nothing is written before the last question is answered.
#pragma once
#include <filesystem>
#include <string>

#include "server/core/result.h"
#include "server/policy/project_file.h"
#include "server/runner/inventory.h"
#include "server/setup/interview.h"
#include "server/source/worktree_state.h"

namespace pawl {

// The flags as they were given; empty: not given.
struct InitFlags {
  std::string name, command, metric, direction;
  std::string price, cap_day, cap_night, max_minutes;
  bool metered = false, owned = false;
  bool commit = false;
  bool force_policies = false;
};

struct InitPlace {
  std::filesystem::path directory;  // of the client
  std::filesystem::path policies;   // the human's folder
  std::filesystem::path socket;     // of the server that would have to read a changed policy
  Machine machine;
};

struct Prepared {
  WorktreeState worktree;
  ProjectFile file;    // as HEAD has it, when ready
  bool ready = false;  // HEAD holds a pawl.toml: it can be registered
  bool wrote_project = false;
  std::string told;  // what was done and what comes next, for people
};

// INVALID where a file has mistakes: the hint shows each with its line and a caret.
Result<Prepared> prepare_init(const InitPlace& place, const InitFlags& flags, Interview& interview);

// What holds now, for people: goal, command, slots, price, caps, what is frozen.
Result<std::string> registration_summary(const Prepared& prepared, const InitPlace& place);

}  // namespace pawl
