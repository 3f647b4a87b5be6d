#include "server/policy/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <set>

#include "server/core/text.h"

namespace pawl {
namespace {

constexpr std::size_t kTextMax = 4'096;

std::unexpected<Error> wrong(std::string message, std::string hint = {}) {
  return fail(ErrorKind::kInvalid, std::move(message), std::move(hint));
}

std::string_view name_of(ParamType type) {
  switch (type) {
    case ParamType::kInt:
      return "int";
    case ParamType::kFloat:
      return "float";
    case ParamType::kString:
      return "string";
    case ParamType::kBool:
      return "bool";
  }
  __builtin_unreachable();
}

template <class Number>
std::optional<ParamValue> parse(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional<ParamValue>(value)
                                                       : std::nullopt;
}

std::optional<ParamValue> parse_as(ParamType type, const std::string& text) {
  switch (type) {
    case ParamType::kInt:
      return parse<std::int64_t>(text);
    case ParamType::kFloat:
      return parse<double>(text);
    case ParamType::kString:
      return text;
    case ParamType::kBool:
      if (text == "true" || text == "false") return text == "true";
      return std::nullopt;
  }
  __builtin_unreachable();
}

// Between the two kinds of numbers only where nothing is lost.
std::optional<ParamValue> convert(ParamType type, const ParamValue& value) {
  constexpr double kExactMax = 9'007'199'254'740'992.0;  // 2^53
  if (const auto* text = std::get_if<std::string>(&value)) return parse_as(type, *text);
  if (const auto* flag = std::get_if<bool>(&value)) {
    return type == ParamType::kBool ? std::optional<ParamValue>(*flag) : std::nullopt;
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (type == ParamType::kInt) return *whole;
    const auto real = static_cast<double>(*whole);
    return type == ParamType::kFloat && std::abs(real) <= kExactMax
               ? std::optional<ParamValue>(real)
               : std::nullopt;
  }
  const double real = std::get<double>(value);
  if (type == ParamType::kFloat) return real;
  const bool exact =
      type == ParamType::kInt && std::abs(real) <= kExactMax && std::trunc(real) == real;
  return exact ? std::optional<ParamValue>(static_cast<std::int64_t>(real)) : std::nullopt;
}

Result<void> check_sane(const std::string& name, const ParamValue& value) {
  if (const auto* real = std::get_if<double>(&value); real != nullptr && !std::isfinite(*real)) {
    return wrong(fmt::format("{} = {} is not a finite number", name, format(value)));
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return {};
  if (text->size() > kTextMax)
    return wrong(fmt::format("{} is over {} bytes long", name, kTextMax));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(*text, is_control)) return wrong(name + " holds a control character");
  return {};
}

std::string choices_of(const ParamSpec& spec) {
  std::string text;
  for (const ParamValue& choice : spec.choices) text += (text.empty() ? "" : ", ") + format(choice);
  return text;
}

std::unexpected<Error> unknown(const std::vector<ParamSpec>& specs, const std::string& name) {
  std::vector<std::string> known;
  for (const ParamSpec& spec : specs) known.push_back(spec.name);
  const std::string all = known.empty()
                              ? "The project has no parameters."
                              : fmt::format("The parameters are {}.", fmt::join(known, ", "));
  return wrong(fmt::format("no parameter is named \"{}\"", name.substr(0, 64)),
               all + did_you_mean(name, known));
}

// Calls on_text for what stands between, on_name for each ${name}. "$${" is a literal "${".
template <class OnText, class OnName>
void scan(std::string_view element, OnText on_text, OnName on_name) {
  while (!element.empty()) {
    const std::size_t at = element.find("${");
    if (at != std::string_view::npos && at > 0 && element[at - 1] == '$') {
      on_text(element.substr(0, at - 1));
      on_text(std::string_view("${"));
      element.remove_prefix(at + 2);
      continue;
    }
    const std::size_t end = at == std::string_view::npos ? at : element.find('}', at);
    on_text(element.substr(0, end == std::string_view::npos ? element.size() : at));
    if (end == std::string_view::npos) return;
    on_name(element.substr(at + 2, end - at - 2));
    element.remove_prefix(end + 1);
  }
}

}  // namespace

std::string describe(const ParamSpec& spec) {
  std::string text = fmt::format("{} {}", spec.name, name_of(spec.type));
  if (!spec.choices.empty()) {
    text += " " + choices_of(spec);
  } else if (spec.min || spec.max) {
    text += fmt::format(" {}..{}", spec.min ? format(*spec.min) : "",
                        spec.max ? format(*spec.max) : "");
  }
  return text + (spec.fallback ? " (" + format(*spec.fallback) + ")" : " (required)");
}

Result<ParamValue> check_param(const ParamSpec& spec, const ParamValue& given) {
  CHECK_OK(check_sane(spec.name, given));
  const std::optional<ParamValue> value = convert(spec.type, given);
  const std::string shown = fmt::format("{} = {}", spec.name, format(given).substr(0, 64));
  if (!value) return wrong(fmt::format("{} is not of type {}", shown, name_of(spec.type)));
  CHECK_OK(check_sane(spec.name, *value));
  const std::string hint = "Allowed is " + describe(spec) + ".";
  if (spec.min && *value < *spec.min) {
    return wrong(fmt::format("{} is under the limit of {}", shown, format(*spec.min)), hint);
  }
  if (spec.max && *value > *spec.max) {
    return wrong(fmt::format("{} is over the limit of {}", shown, format(*spec.max)), hint);
  }
  if (!spec.choices.empty() && std::ranges::find(spec.choices, *value) == spec.choices.end()) {
    return wrong(fmt::format("{} is not one of {}", shown, choices_of(spec)), hint);
  }
  return *value;
}

Result<Params> check_params(const std::vector<ParamSpec>& specs, const Params& given) {
  for (const auto& [name, value] : given) {
    if (std::ranges::find(specs, name, &ParamSpec::name) == specs.end())
      return unknown(specs, name);
  }
  Params params;
  for (const ParamSpec& spec : specs) {
    const auto found = given.find(spec.name);
    if (found == given.end() && !spec.fallback) {
      return wrong("parameter " + spec.name + " is missing and has no default",
                   "Give " + describe(spec) + ".");
    }
    TRY(ParamValue value, check_param(spec, found == given.end() ? *spec.fallback : found->second));
    params.emplace(spec.name, std::move(value));
  }
  return params;
}

std::vector<std::string> names_in(std::string_view element) {
  std::vector<std::string> names;
  scan(element, [](std::string_view) {}, [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

std::vector<std::string> expand(const std::vector<std::string>& command, const Params& params) {
  std::set<std::string> mentioned;
  for (const std::string& element : command) {
    for (std::string& name : names_in(element)) mentioned.insert(std::move(name));
  }
  std::vector<std::string> argv;
  for (const std::string& element : command) {
    if (element == kAllParams) {
      for (const auto& [name, value] : params) {
        if (!mentioned.contains(name)) argv.push_back("--" + name + "=" + format(value));
      }
      continue;
    }
    std::string text;
    scan(
        element, [&](std::string_view part) { text += part; },
        [&](std::string_view name) {
          const auto found = params.find(std::string(name));
          assert(found != params.end());
          text += format(found->second);
        });
    argv.push_back(std::move(text));
  }
  return argv;
}

}  // namespace pawl
