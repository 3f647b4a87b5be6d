// One experiment's parameters, as the agent gave them: checked against pawl.toml by policy, written
// to config.json by records.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace pawl {

using ParamValue = std::variant<bool, std::int64_t, double, std::string>;
using Params =
    std::map<std::string, ParamValue>;  // ordered, so that equal parameters have equal text

}  // namespace pawl
