#include <fmt/format.h>

#include "server/policy/fields.h"

namespace pawl {
namespace {

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string object_of(const std::vector<KeyInfo>& keys);

std::string value_of(const KeyInfo& key) {
  std::string value = key.members.empty() ? key.schema : object_of(key.members);
  if (!key.members.empty() && !key.schema.empty())
    value = fmt::format("{{\"anyOf\": [{}, {}]}}", key.schema, value);
  value.pop_back();  // its last brace
  return value + fmt::format(", \"description\": {}}}",
                             json_text(fmt::format("{} ({})", key.doc, key.unit)));
}

std::string object_of(const std::vector<KeyInfo>& keys) {
  std::vector<std::string> properties;
  std::vector<std::string> required;
  for (const KeyInfo& key : keys) {
    properties.push_back(json_text(key.name) + ": " + value_of(key));
    if (key.required) required.push_back(json_text(key.name));
  }
  return fmt::format(
      "{{\"type\": \"object\", \"additionalProperties\": false, \"required\": [{}], "
      "\"properties\": {{{}}}}}",
      fmt::join(required, ", "), fmt::join(properties, ", "));
}

// "[budget]" is one table, "[stage.NAME]" one for each name, "[[agent]]" a list of them.
std::string section_of(const SectionDoc& section) {
  const std::string object = object_of(section.keys);
  const std::size_t begin = section.heading.find_first_not_of('[');
  const std::string name =
      section.heading.substr(begin, section.heading.find_first_of(".]") - begin);
  if (section.heading.starts_with("[["))
    return fmt::format("{}: {{\"type\": \"array\", \"items\": {}}}", json_text(name), object);
  if (section.heading.find('.') != std::string::npos)
    return fmt::format("{}: {{\"type\": \"object\", \"additionalProperties\": {}}}",
                       json_text(name), object);
  return json_text(name) + ": " + object;
}

}  // namespace

std::string schema_of(const std::vector<SectionDoc>& sections) {
  std::vector<std::string> properties;
  for (const SectionDoc& section : sections) {
    if (section.heading.starts_with('[')) {
      properties.push_back(section_of(section));
      continue;
    }
    for (const KeyInfo& key : section.keys)
      properties.push_back(json_text(key.name) + ": " + value_of(key));
  }
  return fmt::format(
      "{{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"type\": \"object\",\n"
      "\"additionalProperties\": false, \"properties\": {{\n{}\n}}}}\n",
      fmt::join(properties, ",\n"));
}

}  // namespace pawl
