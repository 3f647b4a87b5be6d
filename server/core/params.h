// One experiment's parameters, as the agent gave them: checked against pawl.toml by policy, written
// to config.json by records.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/result.h"

namespace pawl {

using ParamValue = std::variant<bool, std::int64_t, double, std::string>;
using Params =
    std::map<std::string, ParamValue>;  // ordered, so that equal parameters have equal text

// As on a command line: "true", "3", "0.1" (shortest text that reads back the same), or the string
// itself.
std::string format(const ParamValue& value);

// "depth=4 lr=0.1", for people.
std::string describe(const Params& params);

// One "type name=value" line each, exactly invertible: how the store keeps them and content is
// hashed.
std::string to_text(const Params& params);
Result<Params> params_from_text(std::string_view text);

}  // namespace pawl
