#include "server/policy/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/policy/key_values.h"

namespace pawl {

const TomlNode& section_of(const TomlForest& forest, std::string_view name) {
  static const TomlNode kEmpty{TomlKind::kTable, {0, {1, 1, 1}}, {}, {}, {}};
  const TomlMember* member = forest.root.find(name);
  return member == nullptr ? kEmpty : member->value;
}

std::vector<SectionTable> named_sections(TomlForest& forest, std::string_view kind,
                                         const std::function<bool(std::string_view)>& is_valid) {
  const TomlNode& all = section_of(forest, kind);
  if (all.kind != TomlKind::kTable) {
    forest.report(all.place, fmt::format("\"{}\" is {}, not a table", kind, name_of(all.kind)),
                  fmt::format("Give each a name: [{}.NAME].", kind));
    return {};
  }
  std::vector<SectionTable> found;
  for (const TomlMember& member : all.members) {
    if (is_valid(member.key)) {
      found.push_back({member.key, fmt::format("[{}.{}]", kind, member.key), &member.value});
    } else {
      forest.report(member.place, fmt::format("\"{}\" cannot be the name of a {}",
                                              member.key.substr(0, 64), kind));
    }
  }
  return found;
}

std::vector<SectionTable> listed_sections(TomlForest& forest, std::string_view kind) {
  const TomlMember* member = forest.root.find(kind);
  if (member == nullptr) return {};
  const std::string section = fmt::format("[[{}]]", kind);
  if (member->value.kind != TomlKind::kArray) {
    forest.report(
        member->value.place,
        fmt::format("\"{}\" is {}, not a list of tables", kind, name_of(member->value.kind)),
        fmt::format("Write {} with double brackets.", section));
    return {};
  }
  std::vector<SectionTable> found;
  for (const TomlNode& item : member->value.items) found.push_back({"", section, &item});
  return found;
}

void check_top(TomlForest& forest, std::vector<std::string> known) {
  for (const TomlMember& member : forest.root.members) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    forest.report(member.place, fmt::format("unknown key \"{}\"", member.key.substr(0, 64)),
                  hint_for(member.key, known));
  }
}

}  // namespace pawl
