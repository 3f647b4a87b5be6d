#include "tests/tools/fixture.h"

#include <nlohmann/json.hpp>

namespace pawl {

Rendered ToolTest::call(const std::string& tool, const std::string& arguments) {
  const Tool* found = find_tool(catalogue(), tool);
  if (found == nullptr) found = find_tool(operator_tools(), tool);
  const auto json = parse_json(arguments);
  if (found == nullptr || !json) {
    ADD_FAILURE() << "no such tool, or not JSON: " << tool << " " << arguments;
    return {};
  }
  return found->run({service, clock, caller, {}, nullptr}, *json);
}

std::string definition_text(const Tool& tool) {
  const std::string text = to_text(definition_of(tool));
  const Json snapshot = {{"tokens", count_tokens(text)}, {"definition", definition_of(tool)}};
  return snapshot.dump(2) + "\n";
}

std::string compact_definition_text(const Tool& tool) { return to_text(definition_of(tool)); }

}  // namespace pawl
