#include "tools/fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/core/text.h"

namespace pawl {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Json schema_of(const Rule& rule);

Json item_schema(const Rule& rule) {
  if (!rule.item.empty()) return schema_of(rule.item);
  Json item = {{"type", "string"}};
  if (!rule.choices.empty()) item["enum"] = rule.choices;
  return item;
}

void add_limits(const Rule& rule, Json& schema) {
  const bool is_number = rule.type == "integer";
  const bool is_list = rule.type == "array";
  const char* const least = is_number ? "minimum" : is_list ? "minItems" : "minLength";
  const char* const most = is_number ? "maximum" : is_list ? "maxItems" : "maxLength";
  if (rule.least && (is_number || *rule.least > 0)) schema[least] = *rule.least;
  if (rule.most) schema[most] = *rule.most;
}

Json schema_of(const Rule& rule) {
  Json schema = {{"type", rule.type}};
  if (rule.type == "array") schema["items"] = item_schema(rule);
  if (rule.type == "object") schema["additionalProperties"] = true;  // values: read_params
  if (rule.type == "string" && !rule.choices.empty()) schema["enum"] = rule.choices;
  if (!rule.pattern.empty()) schema["pattern"] = rule.pattern;
  add_limits(rule, schema);
  if (!rule.fallback.empty()) schema["default"] = Json::parse(rule.fallback);
  if (!rule.example.empty()) schema["examples"] = Json::array({Json::parse(rule.example)});
  if (!rule.description.empty()) schema["description"] = rule.description;
  return schema;
}

}  // namespace

Result<Opened> open_array(const Json& json, const Rule& rule, const std::string& where) {
  Opened opened{unpack_array(json), {}};
  const Json& array = opened.owner ? *opened.owner : json;
  const bool texts = rule.item.empty();
  if (array.is_array()) {
    for (const Json& value : array) opened.values.push_back(&value);
  } else if (texts ? array.is_string() || array.is_number_integer() : array.is_object()) {
    opened.values.push_back(&array);  // one item where a list of it is meant
  } else {
    return fail(ErrorKind::kInvalid,
                "argument \"" + where + "\" is " + describe(json) + "; expected a list of " +
                    (texts ? "strings" : "objects"),
                rule.name + ": " + rule.description + ".");
  }
  const std::string size = std::to_string(opened.values.size());
  CHECK_OK(check_bounds(static_cast<std::int64_t>(opened.values.size()), rule,
                        "argument \"" + where + "\" has " + size + " items"));
  return opened;
}

Result<Opened> open_object(const Json& json, std::span<const Rule> rules,
                           const std::string& where) {
  Opened opened{unpack_object(json), {}};
  const Json& object = opened.owner ? *opened.owner : json;
  const std::string what = where.empty() ? "the arguments" : "argument \"" + where + "\"";
  if (!object.is_object()) {
    return fail(ErrorKind::kInvalid, what + ": got " + describe(json) + "; expected an object");
  }
  std::vector<std::string> names;
  for (const Rule& rule : rules) names.push_back(rule.name);
  const std::string prefix = where.empty() ? "" : where + ".";
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string slip = did_you_mean(name, names);
    return fail(ErrorKind::kInvalid, "argument \"" + prefix + name.substr(0, 80) + "\" is unknown",
                (slip.empty() ? "" : slip.substr(1) + " ") + "Known: " + listed(names) + ".");
  }
  for (const Rule& rule : rules) {
    const auto found = object.find(rule.name);
    const bool absent = found == object.end() || found->is_null();
    if (absent && rule.required) {
      return fail(ErrorKind::kInvalid, "argument \"" + prefix + rule.name + "\" is missing",
                  rule.name + ": " + rule.description + ".");
    }
    opened.values.push_back(absent ? nullptr : &*found);
  }
  return opened;
}

Json schema_of(std::span<const Rule> rules) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Rule& rule : rules) {
    properties[rule.name] = schema_of(rule);
    if (rule.required) required.push_back(rule.name);
  }
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace pawl
