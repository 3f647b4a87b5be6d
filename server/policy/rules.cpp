#include "server/policy/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/policy/policy_keys.h"
#include "server/policy/policy_sections.h"
#include "server/policy/pool_keys.h"
#include "server/policy/sections.h"

namespace pawl {
namespace {

const std::vector<std::string> kTopKeys = {"policy",  "timezone",  "mode",    "budget", "jobs",
                                           "sandbox", "stage",     "project", "agent",  "approve",
                                           "quiet",   "stop_loss", "notify",  "pool"};

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
  rules.pools = read_pools(forest);
  read_policy(forest, rules.pools, rules.policy);
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
  narrow_section(forest, section_of(forest, "budget"), "[budget]", spend_fields(), rule.limits);
  narrow_section(forest, section_of(forest, "jobs"), "[jobs]", job_fields(), inner.jobs);
  narrow_stages(forest, outer.jobs, inner.stages);
  refuse_night_windows(forest);
  if (!forest.mistakes.empty()) return std::unexpected(in_order(forest.mistakes));
  inner.projects.insert(inner.projects.begin(), rule);
  return inner;
}

}  // namespace pawl
