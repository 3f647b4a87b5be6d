#include "tools/shapes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "server/core/text.h"
#include "tools/fields.h"

namespace pawl {
namespace {

std::unexpected<Error> wrong_type(const Json& json, const Rule& rule, const std::string& where,
                                  std::string_view expected) {
  return fail(
      ErrorKind::kInvalid,
      "argument \"" + where + "\" is " + describe(json) + "; expected " + std::string(expected),
      rule.description.empty() ? "" : rule.name + ": " + rule.description + ".");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

Result<void> check_word(const std::string& word, const Rule& rule, const std::string& where) {
  if (rule.choices.empty() || std::ranges::find(rule.choices, word) != rule.choices.end())
    return {};
  const std::string hint = did_you_mean(word, rule.choices);
  return fail(ErrorKind::kInvalid,
              "argument \"" + where + "\" is \"" + word.substr(0, 80) + "\"; expected " +
                  joined(rule.choices),
              hint.empty() ? "" : hint.substr(1));
}

// 42 for "42": numbers that were meant as names.
std::optional<std::string> as_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number_integer()) return to_text(json);
  return std::nullopt;
}

std::optional<std::int64_t> as_integer(const Json& json) {
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) {
    constexpr double kExactMax =
        9'007'199'254'740'992;  // beyond 2^53 a double may have lost digits
    const double value = json.get<double>();
    if (value != std::trunc(value) || std::fabs(value) > kExactMax) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  if (!json.is_string()) return std::nullopt;
  const auto text = json.get<std::string>();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<ParamValue> as_param(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (json.is_number_integer()) return json.get<std::int64_t>();
  return std::nullopt;
}

}  // namespace

Result<void> check_bounds(std::int64_t size, const Rule& rule, const std::string& what) {
  if (rule.least && size < *rule.least) {
    return fail(ErrorKind::kInvalid, what + "; the least is " + std::to_string(*rule.least));
  }
  if (rule.most && size > *rule.most) {
    return fail(ErrorKind::kInvalid, what + "; the most is " + std::to_string(*rule.most));
  }
  return {};
}

std::string json_string(std::string_view text) { return to_text(Json(text)); }

Result<std::string> read_text(const Json& json, const Rule& rule, const std::string& where) {
  const auto text = as_text(json);
  if (!text) {
    const std::string expected = rule.choices.empty() ? "a string" : joined(rule.choices);
    return wrong_type(json, rule, where, expected);
  }
  CHECK_OK(check_word(*text, rule, where));
  const auto size = static_cast<std::int64_t>(text->size());
  const std::string what = "argument \"" + where + "\" has " + std::to_string(size) + " bytes";
  CHECK_OK(check_bounds(size, rule, what));
  return *text;
}

Result<std::int64_t> read_integer(const Json& json, const Rule& rule, const std::string& where) {
  const auto value = as_integer(json);
  if (!value) return wrong_type(json, rule, where, "an integer");
  const std::string what = "argument \"" + where + "\" is " + std::to_string(*value);
  CHECK_OK(check_bounds(*value, rule, what));
  return *value;
}

Result<bool> read_flag(const Json& json, const Rule& rule, const std::string& where) {
  if (json.is_boolean()) return json.get<bool>();
  if (json == "true" || json == "false") return json == "true";
  return wrong_type(json, rule, where, "true or false");
}

Result<std::vector<std::string>> read_texts(const Json& json, const Rule& rule,
                                            const std::string& where) {
  TRY(const Opened array, open_array(json, rule, where));
  std::vector<std::string> list;
  for (const Json* value : array.values) {
    const std::string name = where + "[" + std::to_string(list.size()) + "]";
    const auto text = as_text(*value);
    if (!text) return wrong_type(*value, rule, name, "a string");
    CHECK_OK(check_word(*text, rule, name));
    list.push_back(*text);
  }
  return list;
}

Result<Texts> read_text_map(const Json& json, const Rule& rule, const std::string& where) {
  const auto parsed = unpack_object(json);
  const Json& object = parsed ? *parsed : json;
  if (!object.is_object()) return wrong_type(json, rule, where, "an object of texts");
  Texts texts;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_string()) return wrong_type(value, rule, where + "." + name, "a string");
    texts[name] = value.get<std::string>();
  }
  return texts;
}

Result<Params> read_params(const Json& json, const Rule& rule, const std::string& where) {
  const auto parsed = unpack_object(json);
  const Json& object = parsed ? *parsed : json;
  if (!object.is_object()) return wrong_type(json, rule, where, "an object");
  Params params;
  for (const auto& [name, value] : object.items()) {
    const auto param = as_param(value);
    if (!param) {
      return wrong_type(value, rule, where + "." + name, "a number, a string, true or false");
    }
    params[name] = *param;
  }
  return params;
}

Result<Grid> read_grid(const Json& json, const Rule& rule, const std::string& where) {
  const auto parsed = unpack_object(json);
  const Json& object = parsed ? *parsed : json;
  if (!object.is_object()) return wrong_type(json, rule, where, "an object of lists");
  Grid grid;
  for (const auto& [name, values] : object.items()) {
    const std::string axis = where + "." + name;
    const auto list = unpack_array(values);
    const Json& items = list ? *list : values;
    if (!items.is_array()) return wrong_type(values, rule, axis, "a list of values");
    GridAxis& made = grid.emplace_back(GridAxis{.name = name, .values = {}});
    for (const Json& item : items) {
      auto value = as_param(item);
      if (!value) return wrong_type(item, rule, axis, "numbers, strings, true or false");
      made.values.push_back(*std::move(value));
    }
  }
  return grid;
}

}  // namespace pawl
