// A TOML file as a plain tree in which each key and value knows its place. The TOML library stays
// in toml_tree.cpp.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "server/policy/diagnostic.h"

namespace pawl {

// Where something stands in a set of files that are read as one.
struct Place {
  std::size_t file = 0;  // index into TomlForest::files
  Position at;
};

enum class TomlKind : std::uint8_t { kTable, kArray, kText, kInteger, kFloat, kBool, kTime };

struct TomlMember;

struct TomlNode {
  TomlKind kind = TomlKind::kTable;
  Place place;
  std::string text;  // kText: the contents; other scalars: the characters in the file ("1_000.50")
  std::vector<TomlMember> members;  // kTable: in the order of the file
  std::vector<TomlNode> items;      // kArray

  const TomlMember* find(std::string_view key) const;  // null: no such key, or not a table
};

struct TomlMember {
  std::string key;
  Place place;  // of the key
  TomlNode value;
};

std::string_view name_of(TomlKind kind);  // "a table", "an integer", ...

struct TomlFile {
  std::string name;
  std::vector<std::string> lines;  // printable, for diagnostics
};

// Files read as one tree. Tables of the same name are united, [[lists]] of tables joined in the
// order of the files; any other key that stands twice is a mistake.
struct TomlForest {
  std::vector<TomlFile> files;
  TomlNode root;
  Diagnostics mistakes;
  bool broken =
      false;  // a file is not TOML: `root` lacks parts, and what it seems to lack means nothing

  std::string source_of(const Place& place) const;  // "policies/default.toml:12:7"
  void report(const Place& place, std::string message, std::string hint = {});
};

// Reads what can be read: after a line `key = value` that is wrong the reader goes on. Never
// throws; hostile files (size, nesting, bytes that are not UTF-8) are mistakes like others.
TomlForest read_toml(const std::vector<SourceText>& files);

}  // namespace pawl
