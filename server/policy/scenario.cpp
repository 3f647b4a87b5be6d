#include "server/policy/scenario.h"

#include <algorithm>

#include "server/policy/scenario_keys.h"
#include "server/policy/sections.h"

namespace pawl {
namespace {

const std::vector<std::string> kTopKeys = {"scenario", "title", "source", "night_seconds",
                                           "budget",   "pool",  "part",   "quality",
                                           "change",   "figure"};

void read_pools(TomlForest& forest, std::vector<ScenarioPool>& pools) {
  for (const SectionTable& section : named_sections(forest, "pool", is_name)) {
    ScenarioPool pool;
    read_section(forest, *section.table, section.section, scenario_pool_fields(), pool);
    pool.name = section.name;
    pools.push_back(std::move(pool));
  }
}

void read_parts(TomlForest& forest, const std::vector<ScenarioPool>& pools,
                std::vector<ScenarioPart>& parts) {
  for (const SectionTable& section : listed_sections(forest, "part")) {
    ScenarioPart part;
    read_section(forest, *section.table, section.section, scenario_part_fields(), part);
    for (const std::string& pool : part.pools) {
      if (std::ranges::find(pools, pool, &ScenarioPool::name) == pools.end())
        forest.report(section.table->place, "no pool is named \"" + pool + "\"");
    }
    if (std::ranges::find(parts, part.stage, &ScenarioPart::stage) != parts.end())
      forest.report(section.table->place, "stage \"" + part.stage + "\" stands twice");
    parts.push_back(std::move(part));
  }
  if (parts.empty())
    forest.report(forest.root.place, "nothing happens in it", "Add a section [[part]].");
}

// Only what stands there.
template <class T>
void change_section(TomlForest& forest, const TomlMember* section, std::string_view name,
                    const Fields<T>& fields, T& to) {
  if (section == nullptr) return;
  std::vector<KeyInfo> keys = infos(fields);
  for (KeyInfo& key : keys) key.required = false;
  if (!check_keys(forest, section->value, name, keys)) return;
  for (const Field<T>& f : fields) {
    const TomlMember* member = section->value.find(f.info.name);
    if (member == nullptr) continue;
    if (const auto read = f.read(to, member->value, ""); !read)
      report_value(forest, *member, f, read.error());
  }
}

void read_changes(TomlForest& forest, Scenario& scenario) {
  std::vector<KeyInfo> keys = infos(scenario_change_fields());
  keys.push_back({.name = "part"});
  keys.push_back({.name = "pool"});
  ScenarioSetup setup = scenario.setup;
  for (const SectionTable& section : listed_sections(forest, "change")) {
    const TomlNode& table = *section.table;
    if (!check_keys(forest, table, section.section, keys)) continue;
    ScenarioChangeText text;
    read_members(forest, table, scenario_change_fields(), text);
    for (ScenarioPart& part : setup.parts) {
      if (!text.only || *text.only == part.stage)
        change_section(forest, table.find("part"), "[[change]] part", scenario_part_fields(), part);
    }
    for (ScenarioPool& pool : setup.pools)
      change_section(forest, table.find("pool"), "[[change]] pool", scenario_pool_fields(), pool);
    scenario.changes.push_back({text.cause, setup});
  }
}

void read_figures(TomlForest& forest, std::vector<ScenarioFigure>& figures) {
  for (const SectionTable& section : listed_sections(forest, "figure")) {
    ScenarioFigure figure;
    read_section(forest, *section.table, section.section, scenario_figure_fields(), figure);
    if (figure.equals.has_value() == figure.least.has_value())
      forest.report(section.table->place, section.section + " needs either equals or least");
    figures.push_back(std::move(figure));
  }
}

}  // namespace

std::expected<Scenario, Diagnostics> parse_scenario(const SourceText& file) {
  TomlForest forest = read_toml({file});
  if (forest.broken) return std::unexpected(in_order(forest.mistakes));
  check_top(forest, kTopKeys);
  ScenarioTop top;
  read_members(forest, forest.root, scenario_top_fields(), top);
  Scenario scenario{
      .title = top.title, .source = top.source, .night = top.night, .budget = top.budget};
  read_pools(forest, scenario.setup.pools);
  read_parts(forest, scenario.setup.pools, scenario.setup.parts);
  read_section(forest, section_of(forest, "quality"), "[quality]", scenario_quality_fields(),
               scenario.quality);
  read_changes(forest, scenario);
  read_figures(forest, scenario.figures);
  if (!forest.mistakes.empty()) return std::unexpected(in_order(forest.mistakes));
  return scenario;
}

std::string scenario_reference() {
  return "# Keys of a scenario\n\n"
         "`pawl simulate FILE` lives through the night that the file describes, by a virtual "
         "clock.\n" +
         reference_of({
             {"top of the file", "Before the first section.", infos(scenario_top_fields())},
             {"[pool.NAME]", "Machines of one kind.", infos(scenario_pool_fields())},
             {"[[part]]", "A stretch of the night; parts follow each other.",
              infos(scenario_part_fields())},
             {"[quality]", "Where results lie; lower is better.", infos(scenario_quality_fields())},
             {"[[change]]",
              "One cause that is different under pawl, on top of those before it: `part` and "
              "`pool` are tables of the keys that change.",
              infos(scenario_change_fields())},
             {"[[figure]]", "A published figure, or a claim.", infos(scenario_figure_fields())},
         });
}

}  // namespace pawl
