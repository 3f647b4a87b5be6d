#include "trainer/core/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "trainer/core/number.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

const Knob* find(const Knobs& knobs, const std::string& name) {
  const auto found = std::ranges::find(knobs, name, &Knob::name);
  return found == knobs.end() ? nullptr : &*found;
}

std::unexpected<Error> unknown(const Knobs& knobs, const std::string& name) {
  std::vector<std::string> names;
  for (const Knob& knob : knobs) names.push_back(knob.name);
  return fail("there is no knob \"" + name + "\"",
              "--help lists the knobs." + did_you_mean(name, names));
}

// `name` or `name=value`; the value may be the next argument, which is then taken off.
Result<Setting> take_option(const Knobs& knobs, std::string_view option,
                            std::span<const std::string>& arguments) {
  const std::size_t equals = std::min(option.find('='), option.size());
  std::string name(option.substr(0, equals));
  std::ranges::replace(name, '-', '_');
  const Knob* const knob = find(knobs, name);
  if (knob == nullptr) return unknown(knobs, name);
  std::string value = "true";
  if (equals < option.size()) {
    value = option.substr(equals + 1);
  } else if (!std::holds_alternative<bool*>(knob->place)) {
    if (arguments.empty()) return fail("--" + name + " has no value");
    value = arguments.front();
    arguments = arguments.subspan(1);
  }
  return Setting{std::move(name), Notation::kArgument, {std::move(value)}};
}

// Gives one setting to one knob, whichever kind it is of.
class Decoder {
 public:
  Decoder(const Knob& knob, const Setting& setting) : knob_(knob), setting_(setting) {}

  Result<void> operator()(std::int64_t* to) const { return number(to, parse_integer); }
  Result<void> operator()(double* to) const { return number(to, parse_real); }

  Result<void> operator()(bool* to) const {
    if (!is_bare() || (word() != "true" && word() != "false")) {
      return fail(as_written() + " is neither true nor false");
    }
    *to = word() == "true";
    return {};
  }

  Result<void> operator()(std::string* to) const {
    if (setting_.notation == Notation::kList) return fail(knob_.name + " takes one string");
    if (setting_.notation == Notation::kBare) return fail(as_written() + " needs quotes");
    CHECK_OK(check_choice(word()));
    *to = word();
    return {};
  }

  Result<void> operator()(std::vector<std::string>* to) const {
    if (setting_.notation != Notation::kList && setting_.notation != Notation::kArgument) {
      return fail(knob_.name + " takes an array of strings: [\"" + word() + "\"]");
    }
    std::vector<std::string> words =
        setting_.notation == Notation::kList ? setting_.words : comma_separated(word());
    for (const std::string& one : words) CHECK_OK(check_choice(one));
    *to = std::move(words);
    return {};
  }

 private:
  const std::string& word() const { return setting_.words.front(); }
  bool is_bare() const {
    return setting_.notation == Notation::kBare || setting_.notation == Notation::kArgument;
  }
  std::string as_written() const {
    if (setting_.notation == Notation::kList) return knob_.name + " [...]";
    return knob_.name + " " +
           (setting_.notation == Notation::kQuoted ? toml_string(word()) : word());
  }

  static std::vector<std::string> comma_separated(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
      const std::size_t comma = text.find(',');
      words.emplace_back(text.substr(0, comma));
      text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    }
    return words;
  }

  template <class Number>
  Result<void> number(Number* to, Result<Number> (*parse)(std::string_view)) const {
    if (!is_bare()) return fail(as_written() + " is not a number");
    const Result<Number> read = parse(word());
    if (!read) return fail(knob_.name + " " + read.error().message);
    const auto real = static_cast<double>(*read);
    const Limits& limits = knob_.limits;
    if (real < limits.min) return fail(as_written() + " is below " + shortest(limits.min));
    if (real > limits.max) return fail(as_written() + " is above " + shortest(limits.max));
    *to = *read;
    return {};
  }

  Result<void> check_choice(const std::string& chosen) const {
    const std::vector<std::string>& choices = knob_.limits.choices;
    if (choices.empty() || std::ranges::find(choices, chosen) != choices.end()) return {};
    std::string all;
    for (const std::string& choice : choices) all += (all.empty() ? "" : ", ") + choice;
    return fail(knob_.name + " " + toml_string(chosen) + " is none of " + all,
                "Choose one of them." + did_you_mean(chosen, choices));
  }

  const Knob& knob_;
  const Setting& setting_;
};

struct Printer {
  std::string operator()(const std::int64_t* value) const { return std::to_string(*value); }
  std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
  std::string operator()(const std::string* value) const { return toml_string(*value); }
  std::string operator()(const double* value) const {  // a real also to a reader of TOML
    const std::string text = shortest(*value);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(const std::vector<std::string>* value) const {
    std::string text;
    for (const std::string& word : *value) text += (text.empty() ? "" : ", ") + toml_string(word);
    return "[" + text + "]";
  }
};

std::string range_text(const Knob& knob) {
  const auto& [min, max, choices] = knob.limits;
  std::string text;
  for (const std::string& choice : choices) text += (text.empty() ? "" : "|") + choice;
  if (!text.empty()) return text;
  if (std::isfinite(min) && std::isfinite(max)) return shortest(min) + ".." + shortest(max);
  if (std::isfinite(min)) return ">= " + shortest(min);
  if (std::isfinite(max)) return "<= " + shortest(max);
  constexpr std::array kKinds = {"whole number", "number", "true|false", "text", "a,b,c"};
  return kKinds[knob.place.index()];
}

}  // namespace

Knobs joined(Knobs first, Knobs second) {
  for (Knob& knob : second) first.push_back(std::move(knob));
  return first;
}

Result<CommandLine> parse_arguments(const Knobs& knobs, std::span<const std::string> arguments) {
  CommandLine line;
  while (!arguments.empty()) {
    const std::string& argument = arguments.front();
    arguments = arguments.subspan(1);
    if (argument == "--") {
      line.words.insert(line.words.end(), arguments.begin(), arguments.end());
      break;
    }
    if (argument == "--help" || argument == "-h") {
      line.wants_help = true;
    } else if (argument.starts_with("--")) {
      TRY(line.settings.emplace_back(), take_option(knobs, argument.substr(2), arguments));
    } else if (argument.starts_with('-') && argument.size() > 1) {
      return fail("there is no option " + argument, "Options begin with two dashes.");
    } else {
      line.words.push_back(argument);
    }
  }
  return line;
}

Result<void> set_knobs(const Knobs& knobs, std::span<const Setting> settings) {
  for (const Setting& setting : settings) {
    const Knob* const knob = find(knobs, setting.name);
    Result<void> applied = knob == nullptr ? Result<void>(unknown(knobs, setting.name))
                                           : std::visit(Decoder(*knob, setting), knob->place);
    if (!applied) {
      return fail(setting.origin + applied.error().message, std::move(applied.error().hint));
    }
  }
  return {};
}

std::string print_config(const Knobs& knobs) {
  std::string text;
  for (const Knob& knob : knobs) {
    text += knob.name + " = " + std::visit(Printer{}, knob.place) + "\n";
  }
  return text;
}

std::string help_text(const Knobs& knobs) {
  std::vector<std::array<std::string, 4>> rows;
  std::array<std::size_t, 3> widths{};
  for (const Knob& knob : knobs) {
    rows.push_back(
        {"--" + knob.name, std::visit(Printer{}, knob.place), range_text(knob), knob.meaning});
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], rows.back()[i].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += "  " + row[i] + std::string(widths[i] - row[i].size(), ' ');
    }
    text += "  " + row[3] + "\n";
  }
  return text;
}

}  // namespace trainer
