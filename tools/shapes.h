// How each C++ type that an argument can have looks in JSON: its schema, its default, its reading.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/money.h"
#include "server/core/params.h"
#include "server/core/result.h"
#include "server/jobs/grid.h"
#include "tools/json.h"

namespace pawl {

// One argument, or one field of an object in a list, without its C++ type.
struct Rule {
  std::string name{}, description{};
  std::string type;  // JSON Schema's word
  bool required = false;
  std::vector<std::string> choices{};           // the only words allowed; of an array: its items
  std::optional<std::int64_t> least{}, most{};  // an integer's value, an array's or text's length
  std::string pattern{};                        // for clients; the tool's own code checks it
  std::string fallback{};                       // the default as JSON text; empty: none
  std::string example{};                        // JSON text
  std::vector<Rule> item{};                     // fields of an array's objects; empty: texts
};

std::string json_string(std::string_view text);  // as a JSON string

// `what` has the size: "argument \"limit\" is 500".
Result<void> check_bounds(std::int64_t size, const Rule& rule, const std::string& what);

Result<std::string> read_text(const Json& json, const Rule& rule, const std::string& where);
Result<std::int64_t> read_integer(const Json& json, const Rule& rule, const std::string& where);
Result<bool> read_flag(const Json& json, const Rule& rule, const std::string& where);
Result<std::vector<std::string>> read_texts(const Json& json, const Rule& rule,
                                            const std::string& where);
using Texts = std::map<std::string, std::string>;
Result<Texts> read_text_map(const Json& json, const Rule& rule, const std::string& where);
Result<Params> read_params(const Json& json, const Rule& rule, const std::string& where);
Result<Grid> read_grid(const Json& json, const Rule& rule, const std::string& where);

template <class T>
struct Shape;

template <>
struct Shape<std::string> {
  static Rule rule() { return {.type = "string"}; }
  static std::string fallback(const std::string& v) { return v.empty() ? "" : json_string(v); }
  static constexpr auto read = read_text;
};

template <>
struct Shape<std::int64_t> {
  static Rule rule() { return {.type = "integer"}; }
  static std::string fallback(std::int64_t v) { return std::to_string(v); }
  static constexpr auto read = read_integer;
};

template <>
struct Shape<bool> {
  static Rule rule() { return {.type = "boolean"}; }
  static std::string fallback(bool v) { return v ? "true" : "false"; }
  static constexpr auto read = read_flag;
};

// Whole seconds; the argument's name ends in _s.
template <>
struct Shape<Milliseconds> {
  static Rule rule() { return {.type = "integer"}; }
  static std::string fallback(Milliseconds v) { return std::to_string(v.count() / 1000); }
  static Result<Milliseconds> read(const Json& json, const Rule& rule, const std::string& where) {
    TRY(const std::int64_t seconds, read_integer(json, rule, where));
    return std::chrono::seconds(seconds);
  }
};

template <>
struct Shape<std::vector<std::string>> {
  static Rule rule() { return {.type = "array"}; }
  static std::string fallback(const std::vector<std::string>&) { return {}; }
  static constexpr auto read = read_texts;
};

// {"train.py": "..."}
template <>
struct Shape<Texts> {
  static Rule rule() { return {.type = "object"}; }
  static std::string fallback(const Texts&) { return {}; }
  static constexpr auto read = read_text_map;
};

template <>
struct Shape<Params> {
  static Rule rule() { return {.type = "object"}; }
  static std::string fallback(const Params&) { return {}; }
  static constexpr auto read = read_params;
};

// {"lr": [0.001, 0.003], "depth": [4, 6]}
template <>
struct Shape<Grid> {
  static Rule rule() { return {.type = "object"}; }
  static std::string fallback(const Grid&) { return {}; }
  static constexpr auto read = read_grid;
};

template <class T>
struct Shape<std::optional<T>> {
  static Rule rule() { return Shape<T>::rule(); }
  static std::string fallback(const std::optional<T>&) { return {}; }
  static Result<std::optional<T>> read(const Json& json, const Rule& rule,
                                       const std::string& where) {
    return Shape<T>::read(json, rule, where);
  }
};

// An enum by its words, in the order of its values:
//   template <> struct Shape<Until> : WordShape<Until, kUntilWords> {};
template <class Enum, const auto& kWords>
struct WordShape {
  static Rule rule() { return {.type = "string", .choices = {kWords.begin(), kWords.end()}}; }
  static std::string fallback(Enum v) { return json_string(kWords[static_cast<std::size_t>(v)]); }
  static Result<Enum> read(const Json& json, const Rule& rule, const std::string& where) {
    TRY(const std::string word, read_text(json, rule, where));
    for (std::size_t i = 0; i < kWords.size(); ++i) {
      if (kWords[i] == word) return static_cast<Enum>(i);
    }
    return fail(ErrorKind::kInternal, where + " passed its choices and is none of them");
  }
};

}  // namespace pawl
