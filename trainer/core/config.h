// Options as a table of knobs. The table is the only description of an options struct: the reader
// of config files, the reader of arguments, the printer and the help text all come from it.
//
//   struct Options { std::int64_t depth = 8; std::string device = "cpu"; };
//   Knobs knobs(Options& options) {
//     return {{"depth", &options.depth, {.min = 1, .max = 64}, "layers"},
//             {"device", &options.device, {.choices = {"cpu", "cuda"}}, "where it runs"}};
//   }
//
// A config file holds lines `name = value`, as in TOML: whole numbers (524_288), reals (1e-3), true
// and false, "strings" and one-line arrays of strings; `#` begins a comment. As arguments they are
// --name=value, --name value or --flag; strings need no quotes, lists have commas, `-` and `_` in
// names are the same.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trainer/core/result.h"

namespace trainer {

// Where the value lives: a member of the options struct, which outlives the table.
using Place = std::variant<std::int64_t*, double*, bool*, std::string*, std::vector<std::string>*>;

struct Limits {
  double min = -std::numeric_limits<double>::infinity();  // both ends are allowed
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices{};  // of a string, or of each word of a list; empty: any
};

struct Knob {
  std::string name;
  Place place;
  Limits limits{};
  std::string meaning{};
};

using Knobs = std::vector<Knob>;

// One table of two structs' knobs.
Knobs joined(Knobs first, Knobs second);

// How a value was written; it decides which knobs may take it.
enum class Notation : std::uint8_t { kBare, kQuoted, kList, kArgument };

// A name with its value, not yet given to a knob.
struct Setting {
  std::string name;
  Notation notation = Notation::kBare;
  std::vector<std::string> words{};  // one, except where it is a list
  std::string origin{};              // "night.toml:12: ", before a message; empty for an argument
};

struct CommandLine {
  std::vector<Setting> settings{};   // the last one of a name wins
  std::vector<std::string> words{};  // what is no option, in order
  bool wants_help = false;
};

// `file` is the name that errors give. A name that comes twice is an error.
Result<std::vector<Setting>> parse_config(std::string_view text, std::string_view file);

// `arguments` begin behind the program's name. "--" ends the options.
Result<CommandLine> parse_arguments(const Knobs& knobs, std::span<const std::string> arguments);

// Sets the places. On an error those of the settings before it are set.
Result<void> set_knobs(const Knobs& knobs, std::span<const Setting> settings);

// All knobs with their values, as a config file in the table's order. Reads back as equal values.
std::string print_config(const Knobs& knobs);

// One line a knob: name, value (bind the table to a fresh struct to show defaults), range, meaning.
std::string help_text(const Knobs& knobs);

// In quotes, with TOML's escapes; one line.
std::string toml_string(std::string_view text);

}  // namespace trainer
