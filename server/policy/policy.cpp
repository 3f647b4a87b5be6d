#include "server/policy/policy.h"

#include <algorithm>

namespace pawl {
namespace {

template <class Rule>
const Rule* first_match(const std::vector<Rule>& rules, std::string_view name) {
  const auto found =
      std::ranges::find_if(rules, [&](const Rule& r) { return glob_matches(r.match, name); });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace

const Stage* find_stage(const Policy& policy, std::string_view name) {
  const auto found = std::ranges::find(policy.stages, name, &Stage::name);
  return found == policy.stages.end() ? nullptr : &*found;
}

const ProjectRule* find_project_rule(const Policy& policy, std::string_view project) {
  return first_match(policy.projects, project);
}

const AgentRule* find_agent_rule(const Policy& policy, std::string_view principal) {
  return first_match(policy.agents, principal);
}

// Greedy with one way back, to the latest '*': at most |pattern| x |text| steps.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;  // characters that the latest '*' stands for
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace pawl
