// What the ceilings of a policy say together: one night for all of them, and no child above its
// parent's total.
#pragma once
#include "server/policy/policy.h"
#include "server/policy/toml_tree.h"

namespace pawl {

// The window that a `night = { window = ... }` of any section names. Two that differ are a mistake.
Sourced<DailyWindow> read_night_window(TomlForest& forest);

// Children together may pass their parent (each submit is checked against both); but a ceiling of
// an experiment, a round, an agent, a stage or a project that is above its parent's `total` alone
// can never bind, and is a mistake.
void check_children(TomlForest& forest);

}  // namespace pawl
