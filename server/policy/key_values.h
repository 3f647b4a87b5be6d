// What a key's value may be: each Codec names the type for the reference and reads one node of the
// tree. Amounts are read from the characters in the file, so that 0.1 is exactly 0.1; what a human
// may have mistyped is refused, not guessed.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/money.h"
#include "server/core/params.h"
#include "server/core/result.h"
#include "server/policy/pools.h"
#include "server/policy/toml_tree.h"

namespace pawl {

template <class V>
struct Codec {
  std::string unit;  // "USD", "minutes", "\"min\" or \"max\"": as the key reference prints it
  std::function<Result<V>(const TomlNode&)> read;  // message and hint without place
  std::string schema{};  // as JSON Schema, where the type V alone does not say it
};

Codec<Money> usd();
Codec<HourlyPrice> usd_per_hour();
Codec<GbSecondPrice> usd_per_gb_second();
Codec<std::int32_t> gigabytes_of_memory();  // in MB; at most three decimals, never zero
Codec<std::chrono::year_month_day> date();  // "2026-12-31", one that exists
Codec<Milliseconds> gpu_hours();            // at most five decimals: 36 ms
Codec<Milliseconds> minutes();  // at most three decimals: 60 ms; never zero, at most 30 days
Codec<Milliseconds> seconds();  // at most three decimals; at most one day
Codec<std::int32_t> count(std::int32_t min, std::int32_t max);
Codec<double> decimal_number();                      // not negative, at most nine decimals
Codec<std::vector<double>> rising_shares();          // over 0 and at most 1, rising
Codec<Milliseconds> duration();                      // "90s", "30m", "8h", "2d": at most 400 days
Codec<DailyWindow> daily_window();                   // "22:00-07:00"
Codec<std::optional<std::int32_t>> units_or_auto();  // "auto" is absent
Codec<std::string> free_text();                      // one line of at most 500 characters
Codec<std::string> name_text();                      // [a-z0-9][a-z0-9._-]*, at most 64 characters
Codec<std::string> metric_key();
Codec<std::string> glob_text();                    // a name with * and ?
Codec<std::string> zone_name();                    // an IANA time zone that exists
Codec<std::vector<std::string>> names();           // at least one, none twice
Codec<std::vector<std::string>> arguments();       // an argv: at least one, the first not empty
Codec<std::vector<std::string>> relative_paths();  // inside the repository, without ".."
Codec<ParamValue> scalar();                        // a number, text, true or false
Codec<std::vector<ParamValue>> scalars();

// One of some words, each with its meaning.
template <class V>
Codec<V> word(std::vector<std::pair<std::string, V>> words);

// "22:00-07:00" as minutes of the day, to 24:00; neither empty nor a whole day.
Result<DailyWindow> parse_daily_window(std::string_view text);

bool is_name(std::string_view text);  // what name_text() accepts

// "Did you mean \"day\"?", else what there is to choose from where that is a short list, or empty.
std::string hint_for(std::string_view word, std::span<const std::string> known);

// "expected a list, found text"
std::unexpected<Error> wrong_kind(const TomlNode& node, std::string_view expected);
Result<std::string> read_line(const TomlNode& node);  // one line of at most 500 characters
bool has_parent_step(std::string_view path);          // a ".." among its steps
std::string without_underscores(std::string number);

template <class V>
Result<std::vector<V>> read_list(const TomlNode& node, Result<V> (*read)(const TomlNode&)) {
  if (node.kind != TomlKind::kArray) return wrong_kind(node, "a list");
  std::vector<V> values;
  for (const TomlNode& item : node.items) {
    TRY(V value, read(item));
    values.push_back(std::move(value));
  }
  return values;
}

Result<std::size_t> read_word(const TomlNode& node, const std::vector<std::string>& words);
std::string unit_of_words(const std::vector<std::string>& words);
std::string schema_of_words(const std::vector<std::string>& words);

template <class V>
Codec<V> word(std::vector<std::pair<std::string, V>> words) {
  std::vector<std::string> names;
  for (const auto& [name, value] : words) names.push_back(name);
  return {unit_of_words(names),
          [=](const TomlNode& node) -> Result<V> {
            TRY(const std::size_t index, read_word(node, names));
            return words[index].second;
          },
          schema_of_words(names)};
}

}  // namespace pawl
