// The sections of a policy file, in and out of its values; rules.h is what others use.
#pragma once
#include "server/policy/pools.h"
#include "server/policy/sections.h"

namespace pawl {

struct Policy;
struct JobLimits;
struct Stage;

// Everything but the pools. Mistakes go to the forest.
void read_policy(TomlForest& forest, const Pools& pools, Policy& policy);

// [stage.NAME] of an inner file: each lets less happen than `stages` say, where a stage without
// numbers of its own has those of `jobs`.
void narrow_stages(TomlForest& forest, const JobLimits& jobs, std::vector<Stage>& stages);

// When it is night is the outer policy's to say.
void refuse_night_windows(TomlForest& forest);

// Reports each word of a list that is not one of `known`.
void check_words(TomlForest& forest, const TomlMember* list, std::string_view what,
                 const std::vector<std::string>& known);

}  // namespace pawl
