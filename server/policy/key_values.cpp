#include "server/policy/key_values.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "server/core/goal.h"
#include "server/core/text.h"

namespace pawl {
namespace {

constexpr std::size_t kTextMax = 500;
constexpr std::size_t kNameMax = 64;
constexpr std::size_t kChoicesShown = 24;

std::unexpected<Error> wrong(std::string message, std::string hint = {}) {
  return fail(ErrorKind::kInvalid, std::move(message), std::move(hint));
}

Result<std::string> read_name(const TomlNode& node) {
  TRY(const std::string text, read_line(node));
  if (!is_name(text)) {
    return wrong(fmt::format("\"{}\" is not a name", text.substr(0, kNameMax)),
                 "A name is lower-case letters, digits, '.', '_' and '-', at most 64, and begins "
                 "with a letter or digit.");
  }
  return text;
}

Result<std::string> read_relative_path(const TomlNode& node) {
  TRY(const std::string text, read_line(node));
  if (text.empty() || text.starts_with('/') || has_parent_step(text)) {
    return wrong(fmt::format("\"{}\" does not stay inside the repository", text),
                 "Write a path relative to the repository's top, without \"..\".");
  }
  return text;
}

Result<ParamValue> read_scalar(const TomlNode& node) {
  const std::string digits = without_underscores(node.text);
  const char* end = digits.data() + digits.size();
  std::int64_t whole = 0;
  double real = 0;
  switch (node.kind) {
    case TomlKind::kText: {
      TRY(std::string text, read_line(node));
      return ParamValue(std::move(text));
    }
    case TomlKind::kBool:
      return ParamValue(node.text == "true");
    case TomlKind::kInteger:
      if (std::from_chars(digits.data(), end, whole).ptr == end) return ParamValue(whole);
      return wrong(fmt::format("{} is not a plain integer", digits.substr(0, 40)));
    case TomlKind::kFloat:
      if (std::from_chars(digits.data(), end, real).ptr == end && std::isfinite(real))
        return ParamValue(real);
      return wrong(fmt::format("{} is not a finite number", digits.substr(0, 40)));
    case TomlKind::kTable:
    case TomlKind::kArray:
    case TomlKind::kTime:
      break;
  }
  return wrong_kind(node, "a number, text, true or false");
}

Result<std::vector<std::string>> read_names(const TomlNode& node) {
  TRY(const std::vector<std::string> found, read_list(node, read_line));
  if (found.empty()) return wrong("the list is empty");
  for (auto name = found.begin(); name != found.end(); ++name) {
    if (std::find(found.begin(), name, *name) != name)
      return wrong(fmt::format("\"{}\" stands twice", *name));
  }
  return found;
}

Result<std::vector<std::string>> read_arguments(const TomlNode& node) {
  if (node.kind == TomlKind::kText) {
    return wrong(
        "expected a list, found text",
        "No shell reads this: write one string an argument, such as [\"./train\", \"--fast\"].");
  }
  TRY(const std::vector<std::string> found, read_list(node, read_line));
  if (found.empty() || found.front().empty()) return wrong("names no program");
  return found;
}

// Zones and their other names; empty where the operating system has no zone database, so that every
// name is refused.
std::vector<std::string> known_zones() {
  std::vector<std::string> known;
  try {
    const date::tzdb& database = date::get_tzdb();
    for (const date::time_zone& zone : database.zones) known.push_back(zone.name());
  } catch (const std::exception&) {  // the library tells a missing database in no other way
  }
  return known;
}

}  // namespace

std::unexpected<Error> wrong_kind(const TomlNode& node, std::string_view expected) {
  return fail(ErrorKind::kInvalid,
              fmt::format("expected {}, found {}", expected, name_of(node.kind)));
}

Result<std::string> read_line(const TomlNode& node) {
  if (node.kind != TomlKind::kText) return wrong_kind(node, "text in quotes");
  if (node.text.size() > kTextMax) return wrong(fmt::format("text of over {} bytes", kTextMax));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(node.text, is_control)) return wrong("text with a control character");
  return node.text;
}

bool has_parent_step(std::string_view path) {
  return path == ".." || path.starts_with("../") || path.ends_with("/..") ||
         path.find("/../") != std::string_view::npos;
}

// TOML puts underscores only between digits, where they cannot change the value.
std::string without_underscores(std::string text) {
  std::erase(text, '_');
  return text;
}

Codec<std::string> free_text() { return {"text", read_line}; }
Codec<std::string> name_text() { return {"a name", read_name}; }

Codec<std::string> glob_text() {
  return {"a name with * and ?", [](const TomlNode& node) -> Result<std::string> {
            TRY(const std::string text, read_line(node));
            if (text.empty()) return wrong("the pattern is empty and matches nothing");
            return text;
          }};
}

Codec<std::string> zone_name() {
  return {"an IANA time zone", [](const TomlNode& node) -> Result<std::string> {
            TRY(const std::string text, read_line(node));
            const std::vector<std::string> known = known_zones();
            if (std::ranges::find(known, text) != known.end()) return text;
            return wrong(fmt::format("no time zone is named \"{}\"", text), hint_for(text, known));
          }};
}

Codec<std::vector<std::string>> names() { return {"names", read_names}; }
Codec<std::vector<std::string>> arguments() { return {"an argv", read_arguments}; }

Codec<std::vector<std::string>> relative_paths() {
  return {"relative paths",
          [](const TomlNode& node) { return read_list(node, read_relative_path); }};
}

Codec<ParamValue> scalar() { return {"a number, text, true or false", read_scalar}; }

Codec<std::vector<ParamValue>> scalars() {
  return {"a list of numbers or texts",
          [](const TomlNode& node) { return read_list(node, read_scalar); }};
}

std::string hint_for(std::string_view word, std::span<const std::string> known) {
  const std::string found = nearest(word, known);
  if (!found.empty()) return fmt::format("Did you mean \"{}\"?", found);
  if (known.empty() || known.size() > kChoicesShown) return "";
  return fmt::format("There is {}.", fmt::join(known, ", "));
}

Codec<std::string> metric_key() {
  return {"a metric's key", [](const TomlNode& node) -> Result<std::string> {
            TRY(const std::string text, read_line(node));
            if (is_metric_key(text)) return text;
            return wrong(fmt::format("\"{}\" is not a metric's key", text.substr(0, kNameMax)),
                         "A key is letters, digits, '.', '_' and '-', at most 64.");
          }};
}

bool is_name(std::string_view text) {
  const auto lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kNameMax && lower(text.front()) &&
         std::ranges::all_of(text,
                             [&](char c) { return lower(c) || c == '.' || c == '_' || c == '-'; });
}

Result<std::size_t> read_word(const TomlNode& node, const std::vector<std::string>& words) {
  if (node.kind != TomlKind::kText) return wrong_kind(node, unit_of_words(words));
  const auto found = std::ranges::find(words, node.text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  return wrong(fmt::format("\"{}\" is not {}", node.text.substr(0, 40), unit_of_words(words)),
               hint_for(node.text, words));
}

std::string schema_of_words(const std::vector<std::string>& words) {
  return fmt::format("{{\"enum\": [\"{}\"]}}", fmt::join(words, "\", \""));
}

std::string unit_of_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "\"" : " or \"") + word + "\"";
  return text;
}

}  // namespace pawl
