// Every key of a scenario, once.
#pragma once
#include "server/policy/fields.h"
#include "server/policy/scenario.h"

namespace pawl {

// The keys that stand above the first section.
struct ScenarioTop {
  std::int32_t format = 1;
  std::string title, source;
  Milliseconds night{0};
  Money budget;
};

struct ScenarioChangeText {
  std::string cause;
  std::optional<std::string> only;
};

const Fields<ScenarioTop>& scenario_top_fields();
const Fields<ScenarioPool>& scenario_pool_fields();
const Fields<ScenarioPart>& scenario_part_fields();
const Fields<ScenarioQuality>& scenario_quality_fields();
const Fields<ScenarioChangeText>& scenario_change_fields();
const Fields<ScenarioFigure>& scenario_figure_fields();

}  // namespace pawl
