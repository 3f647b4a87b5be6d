#include "server/policy/policy_sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/policy/caps_check.h"
#include "server/policy/policy_keys.h"

namespace pawl {
namespace {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& values) {
  std::vector<std::string> out;
  for (const T& value : values) out.push_back(value.name);
  return out;
}

void check_word(TomlForest& forest, const TomlNode& item, std::string_view what,
                const std::vector<std::string>& known) {
  if (item.kind != TomlKind::kText || std::ranges::find(known, item.text) != known.end()) return;
  forest.report(item.place, fmt::format("no {} is named \"{}\"", what, item.text),
                hint_for(item.text, known));
}

// The member of an inline table, or null.
const TomlMember* member_of(const TomlNode& table, std::string_view key, std::string_view inner) {
  const TomlMember* member = table.find(key);
  return member == nullptr ? nullptr : member->value.find(inner);
}

void read_top(TomlForest& forest, Policy& policy) {
  TopText top;
  read_members(forest, forest.root, top_fields(), top);
  policy.timezone = top.timezone;
  policy.mode = top.mode;
}

void read_budget(TomlForest& forest, Policy& policy) {
  const TomlNode& table = section_of(forest, "budget");
  BudgetText text;
  read_section(forest, table, "[budget]", budget_fields(), text);
  policy.budget = std::move(text.limits);
  policy.on_cut = text.on_cut;
  policy.warn_at = std::move(text.warn_at);
  if (table.kind == TomlKind::kTable && table.find("total") == nullptr &&
      table.find("day") == nullptr) {
    forest.report(table.place, "nothing limits the money: [budget] has neither total nor day",
                  "Add day = 10.00, or total.");
  }
}

void read_stages(TomlForest& forest, const Pools& pools, std::vector<Stage>& stages) {
  const std::vector<SectionTable> sections = named_sections(forest, "stage", is_name);
  for (const SectionTable& section : sections) {
    Stage stage;
    stage.name = section.name;
    read_section(forest, *section.table, section.section, stage_fields(), stage);
    check_words(forest, section.table->find("pools"), "pool", names_of(pools));
    stages.push_back(std::move(stage));
  }
  if (stages.empty()) {
    forest.report(section_of(forest, "stage").place, "no stage is defined",
                  "Add a section such as [stage.screen] with its pools.");
  }
  for (const SectionTable& section : sections) {
    const TomlMember* from = member_of(*section.table, "requires", "promoted_from");
    if (from == nullptr) continue;
    check_word(forest, from->value, "stage", names_of(stages));
    if (from->value.text == section.name)
      forest.report(from->value.place, "a stage cannot require itself",
                    "Name the stage that comes before it.");
  }
}

void read_matches(TomlForest& forest, Policy& policy) {
  for (const SectionTable& section : listed_sections(forest, "project")) {
    ProjectRule rule;
    read_section(forest, *section.table, section.section, project_fields(), rule);
    rule.source = forest.source_of(section.table->place);
    policy.projects.push_back(std::move(rule));
  }
  for (const SectionTable& section : listed_sections(forest, "agent")) {
    AgentRule rule;
    read_section(forest, *section.table, section.section, agent_fields(), rule);
    check_words(forest, section.table->find("stages"), "stage", names_of(policy.stages));
    rule.source = forest.source_of(section.table->place);
    policy.agents.push_back(std::move(rule));
  }
}

void read_approvals(TomlForest& forest, Policy& policy) {
  for (const SectionTable& section : listed_sections(forest, "approve")) {
    ApproveRule rule;
    read_section(forest, *section.table, section.section, approve_fields(), rule);
    rule.source = forest.source_of(section.table->place);
    if (const TomlMember* stage = member_of(*section.table, "when", "stage"))
      check_word(forest, stage->value, "stage", names_of(policy.stages));
    if (const TomlMember* when = section.table->find("when");
        when != nullptr && when->value.kind == TomlKind::kTable && when->value.members.empty()) {
      forest.report(when->value.place, "when: matches everything",
                    "Name a stage, or usd_over = 0 to hold every job.");
    }
    policy.approvals.push_back(std::move(rule));
  }
}

void read_quiet(TomlForest& forest, const Pools& pools, Policy& policy) {
  for (const SectionTable& section : listed_sections(forest, "quiet")) {
    QuietRule rule;
    read_section(forest, *section.table, section.section, quiet_fields(), rule);
    check_words(forest, section.table->find("pools"), "pool", names_of(pools));
    rule.source = forest.source_of(section.table->place);
    policy.quiet.push_back(std::move(rule));
  }
}

void read_stop_losses(TomlForest& forest, Policy& policy) {
  for (const SectionTable& section : listed_sections(forest, "stop_loss")) {
    StopLossRule rule;
    read_section(forest, *section.table, section.section, stop_loss_fields(), rule);
    rule.source = forest.source_of(section.table->place);
    const TomlMember* when = section.table->find("when");
    const bool alike = rule.same_error_signature.has_value();
    if (when != nullptr && when->value.kind == TomlKind::kTable &&
        (alike == rule.experiments_without_improvement.has_value() ||
         alike != (rule.within.count() > 0))) {
      forest.report(when->value.place, "when: needs one condition",
                    "Write { same_error_signature = 3, within = \"2h\" } or { "
                    "experiments_without_improvement = 60 }.");
    }
    if (const TomlMember* name = section.table->find("name");
        name != nullptr && std::ranges::find(policy.stop_losses, rule.name, &StopLossRule::name) !=
                               policy.stop_losses.end())
      forest.report(name->value.place, fmt::format("\"{}\" stands twice", rule.name),
                    "Give each its own name.");
    policy.stop_losses.push_back(std::move(rule));
  }
}

void read_notify(TomlForest& forest, NotifyRule& notify) {
  if (forest.root.find("notify") == nullptr) return;
  const TomlNode& table = section_of(forest, "notify");
  read_section(forest, table, "[notify]", notify_fields(), notify);
  check_words(forest, table.find("on"), "event", notify_events());
  notify.source = forest.source_of(table.place);
}

}  // namespace

void check_words(TomlForest& forest, const TomlMember* list, std::string_view what,
                 const std::vector<std::string>& known) {
  if (list == nullptr) return;
  for (const TomlNode& item : list->value.items) check_word(forest, item, what, known);
}

void read_policy(TomlForest& forest, const Pools& pools, Policy& policy) {
  read_top(forest, policy);
  read_budget(forest, policy);
  read_section(forest, section_of(forest, "jobs"), "[jobs]", job_fields(), policy.jobs);
  read_section(forest, section_of(forest, "sandbox"), "[sandbox]", sandbox_fields(),
               policy.sandbox);
  read_stages(forest, pools, policy.stages);
  read_matches(forest, policy);
  read_approvals(forest, policy);
  read_quiet(forest, pools, policy);
  read_stop_losses(forest, policy);
  read_notify(forest, policy.notify);
  policy.night = read_night_window(forest);
  check_children(forest);
}

void narrow_stages(TomlForest& forest, const JobLimits& jobs, std::vector<Stage>& stages) {
  const std::vector<std::string> known = names_of(stages);
  for (const SectionTable& section : named_sections(forest, "stage", is_name)) {
    const auto stage = std::ranges::find(stages, section.name, &Stage::name);
    if (stage == stages.end()) {
      forest.report(section.table->place, "the policy has no stage named \"" + section.name + "\"",
                    hint_for(section.name, known));
      continue;
    }
    // A stage's number replaces that of [jobs], so it is measured against what held without it.
    if (!stage->max_runtime) stage->max_runtime = jobs.max_runtime;
    if (!stage->gpus_per_job) stage->gpus_per_job = jobs.gpus_per_job;
    narrow_section(forest, *section.table, section.section, stage_fields(), *stage);
  }
}

}  // namespace pawl
