// What `pawl init` asks: about the project, and about money.
#pragma once
#include "server/setup/init.h"
#include "server/setup/machine_policy.h"
#include "server/setup/project_draft.h"

namespace pawl {

// Fills what the draft lacks. INVALID without a terminal: names every flag that is missing.
Result<void> ask_about_project(ProjectDraft& draft, const InitFlags& flags, Interview& interview);

struct PolicyStart {
  int minutes = 15;
  bool fixed_time = false;
};
Result<PolicyChoices> ask_about_money(const std::vector<MachinePart>& parts,
                                      const PolicyStart& start, const InitFlags& flags,
                                      Interview& interview);

}  // namespace pawl
