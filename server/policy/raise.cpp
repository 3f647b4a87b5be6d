#include "server/policy/raise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/policy/key_values.h"

namespace pawl {
namespace {

using MoneyCap = std::optional<Sourced<Money>> SpendLimits::*;

struct Window {
  std::string_view name;
  MoneyCap cap;
};

constexpr std::array kWindows = {
    Window{"total", &SpendLimits::total}, Window{"day", &SpendLimits::day},
    Window{"night", &SpendLimits::night}, Window{"week", &SpendLimits::week},
    Window{"month", &SpendLimits::month}};

Result<void> add(SpendLimits& limits, const Raise& raise) {
  const auto window = std::ranges::find(kWindows, raise.window, &Window::name);
  if (window == kWindows.end()) {
    std::vector<std::string> known;
    for (const Window& each : kWindows) known.emplace_back(each.name);
    return fail(ErrorKind::kInvalid, fmt::format("no window is named \"{}\"", raise.window),
                fmt::format("The windows are {}.", fmt::join(known, ", ")));
  }
  auto& cap = limits.*window->cap;
  if (!cap) {
    return fail(ErrorKind::kInvalid,
                fmt::format("nothing limits the {} of {}", raise.window, raise.node),
                "There is no cap to raise; `pawl policy explain` shows those that hold.");
  }
  cap->value += raise.money;
  cap->source += " " + raise.note;
  return {};
}

// A rule for exactly this name, in front of the one that held for it.
template <class Rule>
Result<void> add_in_front(std::vector<Rule>& rules, const Rule* held, const std::string& name,
                          const Raise& raise) {
  Rule rule = held == nullptr ? Rule{} : *held;
  rule.match = name;
  CHECK_OK(add(rule.limits, raise));
  rules.insert(rules.begin(), std::move(rule));
  return {};
}

}  // namespace

Result<Policy> raised(Policy policy, const Raise& raise) {
  if (raise.node == "global") {
    CHECK_OK(add(policy.budget, raise));
    return policy;
  }
  const std::string kind = raise.node.substr(0, raise.node.find(':'));
  const std::string name = raise.node.substr(std::min(kind.size() + 1, raise.node.size()));
  if ((kind != "project" && kind != "agent") || !is_name(name)) {
    return fail(ErrorKind::kInvalid,
                "\"" + raise.node.substr(0, 80) + "\" is no node of the budget",
                "Write global, project:NAME or agent:NAME.");
  }
  if (kind == "project") {
    CHECK_OK(add_in_front(policy.projects, find_project_rule(policy, name), name, raise));
  } else {
    CHECK_OK(add_in_front(policy.agents, find_agent_rule(policy, name), name, raise));
  }
  return policy;
}

}  // namespace pawl
