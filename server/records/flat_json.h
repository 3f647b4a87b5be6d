// One line of metrics.jsonl: a flat JSON object. Own code rather than the JSON library for three
// reasons: Python writes NaN and Infinity, which are not JSON but are just what a diverged run has
// to say; a hostile job writes a million lines a second; and nesting need not be understood to be
// refused. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pawl {

enum class FlatKind : std::uint8_t { kNumber, kNotFinite, kOther };  // kOther: text, true, false

struct FlatField {
  std::string_view key;  // as written, between its quotes, escapes not resolved
  FlatKind kind = FlatKind::kOther;
  double number = 0;  // of kNumber
};

// NaN, Infinity, null and numbers beyond a double are kNotFinite. Absent unless `line` is exactly
// one object without nesting.
std::optional<std::vector<FlatField>> parse_flat_json(std::string_view line);

// A decimal number of any size, with nan and inf in any case: nothing else may stand around it.
std::optional<FlatField> parse_number(std::string_view text);

}  // namespace pawl
