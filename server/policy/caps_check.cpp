#include "server/policy/caps_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/policy/policy_keys.h"
#include "server/policy/policy_sections.h"
#include "server/policy/sections.h"

namespace pawl {
namespace {

// Every section that may hold ceilings, [budget] first.
std::vector<SectionTable> sections_with_ceilings(TomlForest& forest) {
  std::vector<SectionTable> all = {{"", "[budget]", &section_of(forest, "budget")}};
  const Diagnostics reported = forest.mistakes;  // the sections' own mistakes are told already
  for (const SectionTable& stage : named_sections(forest, "stage", is_name)) all.push_back(stage);
  for (const char* list : {"project", "agent"}) {
    for (const SectionTable& rule : listed_sections(forest, list)) all.push_back(rule);
  }
  forest.mistakes = reported;
  return all;
}

struct Amounts {
  const TomlMember* member;
  std::optional<std::int64_t> value;  // in the smallest part of its unit
};

Amounts read_ceiling(const TomlNode& table, const std::string& key) {
  const TomlMember* member = table.find(key);
  if (member == nullptr) return {nullptr, std::nullopt};
  if (key.ends_with("_gpu_hours")) {
    const auto time = gpu_hours().read(member->value);
    return {member, time ? std::optional<std::int64_t>(time->count()) : std::nullopt};
  }
  const auto night = read_night(member->value);
  if (!night || !night->usd) return {member, std::nullopt};
  return {member, night->usd->micros()};
}

// The parent's total stands in `parent`; those of `section` that are above it are mistakes.
void check_section(TomlForest& forest, const SectionTable& section, const SectionTable& parent) {
  for (const std::string suffix : {"", "_gpu_hours"}) {
    const Amounts total = read_ceiling(*parent.table, "total" + suffix);
    if (!total.value) continue;
    for (const std::string name :
         {"total", "day", "night", "week", "month", "round", "experiment"}) {
      const Amounts child = read_ceiling(*section.table, name + suffix);
      if (!child.value || *child.value <= *total.value) continue;
      forest.report(child.member->value.place,
                    fmt::format("{}{}: {} is above the total of {} in {} ({})", name, suffix,
                                section.section, total.member->value.text, parent.section,
                                forest.source_of(total.member->value.place)),
                    "It can never bind: lower it, or raise the total.");
    }
  }
}

}  // namespace

Sourced<DailyWindow> read_night_window(TomlForest& forest) {
  Sourced<DailyWindow> night{kNightHours, std::string(kBuiltIn)};
  bool is_set = false;
  for (const SectionTable& section : sections_with_ceilings(forest)) {
    const TomlMember* member = section.table->find("night");
    const TomlMember* window = member == nullptr ? nullptr : member->value.find("window");
    if (window == nullptr) continue;
    const auto read = daily_window().read(window->value);
    if (!read) continue;  // reported where the section was read
    if (is_set && *read != night.value) {
      forest.report(window->value.place, "another window of the night stands at " + night.source,
                    "One night holds for the whole policy: write its window once.");
    } else if (!is_set) {
      night = {*read, forest.source_of(window->value.place)};
      is_set = true;
    }
  }
  return night;
}

void check_children(TomlForest& forest) {
  const std::vector<SectionTable> sections = sections_with_ceilings(forest);
  for (const SectionTable& section : sections) {
    check_section(forest, section, section);
    if (section.table != sections.front().table) check_section(forest, section, sections.front());
  }
}

void refuse_night_windows(TomlForest& forest) {
  for (const SectionTable& section : sections_with_ceilings(forest)) {
    const TomlMember* member = section.table->find("night");
    const TomlMember* window = member == nullptr ? nullptr : member->value.find("window");
    if (window != nullptr)
      forest.report(window->place, "when it is night stands in the policy, not here",
                    "Leave window out; usd may be lower.");
  }
}

}  // namespace pawl
