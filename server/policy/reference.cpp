// The key table as text: for people, and for editors.
#include "server/policy/policy_keys.h"
#include "server/policy/pool_keys.h"
#include "server/policy/rules.h"

namespace pawl {
namespace {

std::vector<SectionDoc> policy_sections() {
  return {
      {"top of the file", "Before the first section.", infos(top_fields())},
      {"[budget]", "Ceilings over everything. At least `total` or `day` must be there.",
       infos(budget_fields())},
      {"[jobs]", "What holds where a stage says nothing of its own.", infos(job_fields())},
      {"[sandbox]",
       "What an interactive session may take. Its time is reserved in slices of 5 minutes, in "
       "every "
       "budget that its stage's jobs are charged to.",
       infos(sandbox_fields())},
      {"[stage.NAME]", "What an agent chooses instead of hardware.", infos(stage_fields())},
      {"[[project]]", "Ceilings of one project; the first that matches.", infos(project_fields())},
      {"[[agent]]", "Ceilings and stages of one principal; the first that matches.",
       infos(agent_fields())},
      {"[[approve]]", "What matches is held until a human says yes.", infos(approve_fields())},
      {"[[quiet]]", "Nothing starts there that could still run inside the window.",
       infos(quiet_fields())},
      {"[[stop_loss]]", "What to do when work goes wrong again and again.",
       infos(stop_loss_fields())},
      {"[notify]", "Who is told of what.", infos(notify_fields())},
      {"[pool.NAME]", "Where attempts run. Agents never see a pool.", infos(pool_fields())},
  };
}

}  // namespace

std::string policy_reference() {
  return "# Keys of the policy files\n\n"
         "All `*.toml` files of the folder are read as one. Budgets and counts are ceilings: of "
         "those that match, the\n"
         "smallest wins and is named in the refusal. A stage's own minutes and GPUs replace the "
         "`[jobs]` default.\n"
         "*Tighter* says which change lets less happen.\n"
         "Amounts are plain decimals, exact to the micro-dollar; `pawl policy check` reads the "
         "files and reports every mistake.\n" +
         reference_of(policy_sections());
}

std::string policy_schema() { return schema_of(policy_sections()); }

}  // namespace pawl
