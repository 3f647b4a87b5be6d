#include "server/policy/toml_tree.h"

#include <algorithm>
#include <optional>

#include "server/policy/toml_guard.h"

// As a header in this one file, without exceptions, and with little nesting: its parser recurses.
// Its own assertions are off, as its authors ship it: in 3.3 one of them fails on the file "[=",
// which the parser then reports well.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

namespace pawl {
namespace {

constexpr std::size_t kShownLineMax = 200;
constexpr int kMistakesMax = 20;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The byte at which a column (counted in characters, from 1) begins.
std::size_t byte_of_column(std::string_view line, std::size_t column) {
  std::size_t byte = 0;
  for (std::size_t seen = 1; byte < line.size(); ++byte) {
    if (!continues_character(line[byte]) && seen++ == column) break;
  }
  return byte;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Terminals obey control characters (C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F), and a
// line from a repository may hold any. Each becomes one '?', so that columns stay true.
std::string printable(std::string_view line) {
  std::string shown;
  for (std::size_t i = 0; i < std::min(line.size(), byte_of_column(line, kShownLineMax + 1)); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    const auto after = i + 1 < line.size() ? static_cast<unsigned char>(line[i + 1]) : 0;
    const bool c1 = byte == 0xC2 && after >= 0x80 && after < 0xA0;
    if (c1) ++i;
    if (byte == '\t') {
      shown += ' ';
    } else {
      shown += c1 || byte < 0x20 || byte == 0x7F ? '?' : static_cast<char>(byte);
    }
  }
  return shown;
}

Position position_of(const toml::source_region& region) {
  const int line = std::max(1, static_cast<int>(region.begin.line));
  const int column = std::max(1, static_cast<int>(region.begin.column));
  const bool one_line = region.end.line == region.begin.line;
  return {line, column, one_line ? std::max(1, static_cast<int>(region.end.column) - column) : 1};
}

TomlKind kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return TomlKind::kTable;
    case toml::node_type::array:
      return TomlKind::kArray;
    case toml::node_type::string:
      return TomlKind::kText;
    case toml::node_type::integer:
      return TomlKind::kInteger;
    case toml::node_type::floating_point:
      return TomlKind::kFloat;
    case toml::node_type::boolean:
      return TomlKind::kBool;
    case toml::node_type::none:
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return TomlKind::kTime;
  }
  __builtin_unreachable();
}

// One file's library tree into ours.
class Copier {
 public:
  Copier(std::size_t file, const std::vector<std::string>& lines) : file_(file), lines_(lines) {}

  TomlNode copy(const toml::node& node) const {
    TomlNode out{kind_of(node), {file_, position_of(node.source())}, {}, {}, {}};
    if (const auto* table = node.as_table()) {
      for (const auto& [key, value] : *table) {
        const Place place{file_, position_of(key.source())};
        out.members.push_back({std::string(key.str()), place, copy(value)});
      }
      std::ranges::sort(out.members, {}, [](const TomlMember& m) { return m.place.at; });
    } else if (const auto* array = node.as_array()) {
      for (const toml::node& item : *array) out.items.push_back(copy(item));
    } else if (const auto* text = node.as_string()) {
      out.text = text->get();
    } else {
      out.text = characters(out.place.at);
    }
    return out;
  }

 private:
  std::string characters(const Position& at) const {
    const auto line_index = static_cast<std::size_t>(at.line - 1);
    if (line_index >= lines_.size()) return {};
    const std::string& line = lines_[line_index];
    const auto column = static_cast<std::size_t>(at.column);
    const std::size_t begin = byte_of_column(line, column);
    return line.substr(begin,
                       byte_of_column(line, column + static_cast<std::size_t>(at.width)) - begin);
  }

  std::size_t file_;
  const std::vector<std::string>& lines_;
};

// A whole statement on one line, so that blanking it does not change what the lines around it mean.
bool is_statement(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = line.substr(0, equals);
  return key.find_first_not_of(" \t") != std::string_view::npos &&
         key.find_first_of("[]{}#,") == std::string_view::npos;
}

Position statement_position(std::string_view line, int number) {
  const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
  const auto end = std::min(line.find_first_of(" \t=", begin), line.size());
  return {number, static_cast<int>(begin) + 1, std::max(1, static_cast<int>(end - begin))};
}

// "Error while parsing key-value pair: cannot redefine existing integer 'a'" without its preamble.
std::string cause_of(std::string_view description) {
  const std::size_t colon = description.find(": ");
  std::string cause(colon == std::string_view::npos ? description : description.substr(colon + 2));
  return printable(cause);
}

TomlNode read_file(TomlForest& forest, const SourceText& file, std::size_t index) {
  std::string_view text = file.text;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  std::vector<std::string> lines = split_lines(text);
  for (const std::string& line : lines) forest.files[index].lines.push_back(printable(line));
  for (int mistakes = 0; mistakes < kMistakesMax; ++mistakes) {
    const std::string rest = join_lines(lines);
    if (const auto unsafe =
            find_unsafe(rest)) {  // again each time: without a line, quotes may mean something else
      if (mistakes == 0) forest.report({index, unsafe->at}, unsafe->why);
      break;
    }
    const toml::parse_result result = toml::parse(rest);
    if (result) return Copier(index, lines).copy(result.table());
    Position at = position_of(result.error().source());
    const std::string cause = cause_of(result.error().description());
    const auto line = static_cast<std::size_t>(at.line - 1);
    const bool recoverable = line < lines.size() && is_statement(lines[line]);
    const bool twice = recoverable && cause.starts_with("cannot redefine");
    if (twice) at = statement_position(lines[line], at.line);
    forest.report({index, at}, cause, twice ? "Keep one of them." : "");
    forest.broken |= !twice;
    if (!recoverable) break;
    lines[line].clear();
  }
  forest.broken = true;
  return {};
}

bool is_list_of_tables(const TomlNode& node) {
  return node.kind == TomlKind::kArray && !node.items.empty() &&
         std::ranges::all_of(node.items,
                             [](const TomlNode& n) { return n.kind == TomlKind::kTable; });
}

void unite(TomlForest& forest, TomlNode& into, TomlNode from) {
  for (TomlMember& member : from.members) {
    const auto known = std::ranges::find(into.members, member.key, &TomlMember::key);
    if (known == into.members.end()) {
      into.members.push_back(std::move(member));
    } else if (known->value.kind == TomlKind::kTable && member.value.kind == TomlKind::kTable) {
      unite(forest, known->value, std::move(member.value));
    } else if (is_list_of_tables(known->value) && is_list_of_tables(member.value)) {
      std::ranges::move(member.value.items, std::back_inserter(known->value.items));
    } else {
      forest.report(member.place, "\"" + member.key + "\" stands twice",
                    "It is first set at " + forest.source_of(known->place) + "; keep one of them.");
    }
  }
}

}  // namespace

const TomlMember* TomlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &TomlMember::key);
  return found == members.end() ? nullptr : &*found;
}

std::string_view name_of(TomlKind kind) {
  switch (kind) {
    case TomlKind::kTable:
      return "a table";
    case TomlKind::kArray:
      return "a list";
    case TomlKind::kText:
      return "text";
    case TomlKind::kInteger:
      return "an integer";
    case TomlKind::kFloat:
      return "a decimal";
    case TomlKind::kBool:
      return "true or false";
    case TomlKind::kTime:
      return "a date or time";
  }
  __builtin_unreachable();
}

std::string TomlForest::source_of(const Place& place) const {
  return files[place.file].name + ":" + std::to_string(place.at.line) + ":" +
         std::to_string(place.at.column);
}

void TomlForest::report(const Place& place, std::string message, std::string hint) {
  const TomlFile& file = files[place.file];
  const auto line = static_cast<std::size_t>(place.at.line - 1);
  mistakes.push_back({file.name, place.at, std::move(message), std::move(hint),
                      line < file.lines.size() ? file.lines[line] : ""});
}

TomlForest read_toml(const std::vector<SourceText>& files) {
  TomlForest forest;
  forest.root.place.at = {1, 1, 1};
  for (const SourceText& file : files) forest.files.push_back({file.name, {}});
  for (std::size_t i = 0; i < files.size(); ++i) {
    unite(forest, forest.root, read_file(forest, files[i], i));
  }
  return forest;
}

}  // namespace pawl
