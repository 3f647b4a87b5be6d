// The parameters of an experiment: what a project declares, what an agent gives, and what the
// command is told.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/params.h"
#include "server/core/result.h"

namespace pawl {

enum class ParamType : std::uint8_t { kInt, kFloat, kString, kBool };

struct ParamSpec {
  std::string name;
  ParamType type = ParamType::kString;
  std::optional<ParamValue> min{}, max{};  // inclusive; numbers only
  std::vector<ParamValue> choices{};       // empty: anything in range
  std::optional<ParamValue> fallback{};    // absent: the agent must give it
  std::string doc{};
  bool operator==(const ParamSpec&) const = default;
};

// "lr float 0.001..1 (0.1)", for people; the default stands in brackets.
std::string describe(const ParamSpec& spec);

// One value as the parameter's type: 3 is 3.0 for a float, 8.0 and "8" are 8 for an int. Refuses
// other types, values that are not finite, control characters, and what is out of range or choices,
// naming value and limit.
Result<ParamValue> check_param(const ParamSpec& spec, const ParamValue& given);

// Every declared parameter with its value: given, or the default. Refuses unknown names (did you
// mean) and missing values.
Result<Params> check_params(const std::vector<ParamSpec>& specs, const Params& given);

inline constexpr std::string_view kAllParams = "{params}";

// The NAMEs of each ${NAME} in one element of a command.
std::vector<std::string> names_in(std::string_view element);

// The command's argv. `${name}` becomes the parameter's value wherever it stands, `$${` a literal
// "${". An element that is exactly "{params}" becomes one "--name=value" for each parameter that no
// ${name} of the command mentions, in the order of names. `params` must come from check_params of
// the same project.
std::vector<std::string> expand(const std::vector<std::string>& command, const Params& params);

}  // namespace pawl
