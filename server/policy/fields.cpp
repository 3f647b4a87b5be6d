#include "server/policy/fields.h"

#include <fmt/format.h>

#include <cassert>

namespace pawl {
namespace {

std::string_view name_of(Tighter tighter) {
  switch (tighter) {
    case Tighter::kNever:
      return "-";
    case Tighter::kLower:
      return "lower";
    case Tighter::kHigher:
      return "higher";
    case Tighter::kSubset:
      return "fewer";
  }
  __builtin_unreachable();
}

std::string default_of(const KeyInfo& key) {
  if (key.required) return "required";
  return key.fallback.empty() ? "none" : "`" + key.fallback + "`";
}

}  // namespace

bool check_keys(TomlForest& forest, const TomlNode& table, std::string_view section,
                const std::vector<KeyInfo>& keys) {
  if (table.kind != TomlKind::kTable) {
    forest.report(table.place, fmt::format("{} is {}, not a table", section, name_of(table.kind)),
                  fmt::format("Write its keys below a line {}.", section));
    return false;
  }
  std::vector<std::string> known;
  for (const KeyInfo& key : keys) known.push_back(key.name);
  for (const TomlMember& member : table.members) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    forest.report(member.place, fmt::format("unknown key \"{}\" in {}", member.key, section),
                  hint_for(member.key, known));
  }
  for (const KeyInfo& key : keys) {
    if (!key.required || table.find(key.name) != nullptr) continue;
    forest.report(table.place, fmt::format("{} lacks the key \"{}\"", section, key.name),
                  fmt::format("Add {} = {}.", key.name, key.example));
  }
  return true;
}

Result<void> check_members(const TomlNode& table, const std::vector<KeyInfo>& keys) {
  if (table.kind != TomlKind::kTable) return wrong_kind(table, unit_of_table(keys));
  std::vector<std::string> known;
  for (const KeyInfo& key : keys) known.push_back(key.name);
  for (const TomlMember& member : table.members) {
    if (std::ranges::find(known, member.key) == known.end())
      return fail(ErrorKind::kInvalid, fmt::format("unknown key \"{}\"", member.key.substr(0, 64)),
                  hint_for(member.key, known));
  }
  for (const KeyInfo& key : keys) {
    if (key.required && table.find(key.name) == nullptr)
      return fail(ErrorKind::kInvalid, fmt::format("lacks the key \"{}\"", key.name),
                  fmt::format("Add {} = {}.", key.name, key.example));
  }
  return {};
}

std::string unit_of_table(const std::vector<KeyInfo>& keys) {
  std::string text;
  for (const KeyInfo& key : keys) text += (text.empty() ? "`" : ", `") + key.name + "`";
  return "a table of " + text;
}

TomlNode node_of_fallback(const std::string& fallback) {
  TomlForest forest = read_toml({{"", "value = " + fallback}});
  assert(forest.mistakes.empty());
  return std::move(forest.root.members.front().value);
}

std::string reference_of(const std::vector<SectionDoc>& sections) {
  std::string text;
  for (const SectionDoc& section : sections) {
    text += fmt::format("\n## {}\n{}\n\n", section.heading, section.doc);
    text += "| key | unit | default | tighter | example | meaning |\n|---|---|---|---|---|---|\n";
    for (const KeyInfo& key : section.keys) {
      text += fmt::format("| `{}` | {} | {} | {} | `{}` | {} |\n", key.name, key.unit,
                          default_of(key), name_of(key.tighter), key.example, key.doc);
      for (const KeyInfo& member : key.members) {
        text += fmt::format("| `{}.{}` | {} | {} | {} | `{}` | {} |\n", key.name, member.name,
                            member.unit, default_of(member), name_of(member.tighter),
                            member.example, member.doc);
      }
    }
  }
  return text;
}

}  // namespace pawl
