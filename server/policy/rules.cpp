#include "server/policy/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/policy/policy_keys.h"
#include "server/policy/pool_keys.h"
#include "server/policy/sections.h"

namespace pawl {
namespace {

const std::vector<std::string> kTopKeys = {"policy", "timezone", "budget", "jobs",
                                           "stage",  "project",  "agent",  "pool"};

void check_words(TomlForest& forest, const TomlMember* list, std::string_view what,
                 const std::vector<std::string>& known) {
  if (list == nullptr) return;
  for (const TomlNode& item : list->value.items) {
    if (item.kind != TomlKind::kText || std::ranges::find(known, item.text) != known.end())
      continue;
    forest.report(item.place, fmt::format("no {} is named \"{}\"", what, item.text),
                  hint_for(item.text, known));
  }
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& values) {
  std::vector<std::string> out;
  for (const T& value : values) out.push_back(value.name);
  return out;
}

void read_stages(TomlForest& forest, const Pools& pools, std::vector<Stage>& stages) {
  for (const SectionTable& section : named_sections(forest, "stage", is_name)) {
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

void read_budget(TomlForest& forest, SpendLimits& budget) {
  const TomlNode& table = section_of(forest, "budget");
  read_section(forest, table, "[budget]", budget_fields(), budget);
  if (table.kind == TomlKind::kTable && table.find("total") == nullptr &&
      table.find("day") == nullptr) {
    forest.report(table.place, "nothing limits the money: [budget] has neither total nor day",
                  "Add day = 10.00, or total.");
  }
}

Diagnostics no_files() {
  return {{"policies", {1, 1, 1}, "there is no policy file", "Add policies/default.toml.", ""}};
}

}  // namespace

std::expected<Rules, Diagnostics> parse_rules(std::vector<SourceText> files) {
  if (files.empty()) return std::unexpected(no_files());
  std::ranges::sort(files, {}, &SourceText::name);
  TomlForest forest = read_toml(files);
  if (forest.broken) return std::unexpected(in_order(forest.mistakes));
  check_top(forest, kTopKeys);
  Rules rules;
  TopText top;
  read_members(forest, forest.root, top_fields(), top);
  rules.policy.timezone = top.timezone;
  read_budget(forest, rules.policy.budget);
  read_section(forest, section_of(forest, "jobs"), "[jobs]", job_fields(), rules.policy.jobs);
  rules.pools = read_pools(forest);
  read_stages(forest, rules.pools, rules.policy.stages);
  read_matches(forest, rules.policy);
  if (!forest.mistakes.empty()) return std::unexpected(in_order(forest.mistakes));
  return rules;
}

std::expected<Policy, Diagnostics> tighten(const Policy& outer, std::string_view project,
                                           std::vector<SourceText> inner_files) {
  if (inner_files.empty()) return outer;
  std::ranges::sort(inner_files, {}, &SourceText::name);
  TomlForest forest = read_toml(inner_files);
  if (forest.broken) return std::unexpected(in_order(forest.mistakes));
  check_top(forest, {"budget", "jobs", "stage"});
  Policy inner = outer;
  ProjectRule rule{std::string(project), {}, forest.files.front().name};
  if (const ProjectRule* matched = find_project_rule(outer, project)) rule.limits = matched->limits;
  narrow_section(forest, section_of(forest, "budget"), "[budget]", budget_fields(), rule.limits);
  narrow_section(forest, section_of(forest, "jobs"), "[jobs]", job_fields(), inner.jobs);
  for (const SectionTable& section : named_sections(forest, "stage", is_name)) {
    const auto stage = std::ranges::find(inner.stages, section.name, &Stage::name);
    if (stage == inner.stages.end()) {
      forest.report(section.table->place, "the policy has no stage named \"" + section.name + "\"",
                    hint_for(section.name, names_of(outer.stages)));
      continue;
    }
    // A stage's number replaces that of [jobs], so it is measured against what held without it.
    if (!stage->max_runtime) stage->max_runtime = outer.jobs.max_runtime;
    if (!stage->gpus_per_job) stage->gpus_per_job = outer.jobs.gpus_per_job;
    narrow_section(forest, *section.table, section.section, stage_fields(), *stage);
  }
  if (!forest.mistakes.empty()) return std::unexpected(in_order(forest.mistakes));
  inner.projects.insert(inner.projects.begin(), rule);
  return inner;
}

std::string policy_reference() {
  return "# Keys of the policy files\n\n"
         "All `*.toml` files of the folder are read as one. Budgets and counts are ceilings: of "
         "those that match, the\n"
         "smallest wins and is named in the refusal. A stage's own minutes and GPUs replace the "
         "`[jobs]` default.\n"
         "*Tighter* says which change lets less happen.\n"
         "Amounts are plain decimals, exact to the micro-dollar; `pawl policy check` reads the "
         "files and reports every mistake.\n" +
         reference_of({
             {"top of the file", "Before the first section.", infos(top_fields())},
             {"[budget]", "Ceilings over everything. At least `total` or `day` must be there.",
              infos(budget_fields())},
             {"[jobs]", "What holds where a stage says nothing of its own.", infos(job_fields())},
             {"[stage.NAME]", "What an agent chooses instead of hardware.", infos(stage_fields())},
             {"[[project]]", "Ceilings of one project; the first that matches.",
              infos(project_fields())},
             {"[[agent]]", "Ceilings and stages of one principal; the first that matches.",
              infos(agent_fields())},
             {"[pool.NAME]", "Where attempts run. Agents never see a pool.", infos(pool_fields())},
         });
}

}  // namespace pawl
