// Every tool, in the order in which agents see them. Stable: clients cache the list by its text.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tools/tool.h"

namespace pawl {

const std::vector<Tool>& catalogue();  // offered to agents
const std::vector<Tool>&
operator_tools();  // the command line's; no list that an agent sees has them

const Tool* find_tool(const std::vector<Tool>& tools, std::string_view name);
std::vector<std::string> tool_names(const std::vector<Tool>& tools);

Json definition_of(const Tool& tool);  // as tools/list gives it

// The table between the README's <!-- tools --> markers.
std::string readme_table();

// What every client is told once, at most 1.5 KB.
std::string_view server_instructions();

}  // namespace pawl
