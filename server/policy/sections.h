// Walking the sections of a file: [name], [kind.NAME] and [[kind]].
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "server/policy/toml_tree.h"

namespace pawl {

// The table of [name], or an empty one standing at the top of the file.
const TomlNode& section_of(const TomlForest& forest, std::string_view name);

// One table of [kind.NAME] or [[kind]].
struct SectionTable {
  std::string name;     // empty in a list
  std::string section;  // "[stage.smoke]", "[[agent]]"
  const TomlNode* table = nullptr;
};

// In the order of the files. `is_valid` judges the names; what is no table or no list is a mistake.
std::vector<SectionTable> named_sections(TomlForest& forest, std::string_view kind,
                                         const std::function<bool(std::string_view)>& is_valid);
std::vector<SectionTable> listed_sections(TomlForest& forest, std::string_view kind);

// Reports what stands at the top of the file and is not one of these keys or sections.
void check_top(TomlForest& forest, std::vector<std::string> known);

}  // namespace pawl
