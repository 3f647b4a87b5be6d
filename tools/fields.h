// One table per tool names its arguments. The JSON Schema that clients see and the decoder that
// fills the struct both come from it, so they cannot differ.
//
//   static const Fields<WaitArgs> table = {
//       field("jobs", &WaitArgs::jobs, "handles; all of yours when absent"),
//       field("timeout_s", &WaitArgs::timeout, "seconds").range(1, 3600)};
//
// Forgiving where nothing can be misread: 42 for "42", "042" for ["042"], "20" for 20, and lists
// and objects that arrive as JSON text; null counts as absent. Everything else is refused with the
// argument's name, what came and what is expected.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/core/result.h"
#include "tools/json.h"
#include "tools/shapes.h"

namespace pawl {

template <class Args>
struct Field {
  using Reader =
      std::function<Result<void>(const Json&, const Rule&, Args&, const std::string& where)>;

  Rule rule;
  Reader read;

  Field required() const {
    Field copy = *this;
    copy.rule.required = true;
    copy.rule.fallback.clear();
    return copy;
  }
  Field range(std::int64_t least, std::int64_t most) const {
    Field copy = *this;
    copy.rule.least = least;
    copy.rule.most = most;
    return copy;
  }
  Field choices(std::vector<std::string> words) const {
    Field copy = *this;
    copy.rule.choices = std::move(words);
    return copy;
  }
  Field pattern(std::string regex) const {
    Field copy = *this;
    copy.rule.pattern = std::move(regex);
    return copy;
  }
  Field example(std::string json_text) const {
    Field copy = *this;
    copy.rule.example = std::move(json_text);
    return copy;
  }
};

template <class Args>
using Fields = std::vector<Field<Args>>;

// `access` leads to the place in Args to fill: a pointer to a member, or a function for a nested
// one. The schema's default is what a default-constructed Args holds.
template <class Args, class Access>
Field<Args> field_at(std::string name, Access access, std::string description) {
  using T = std::remove_cvref_t<std::invoke_result_t<Access, Args&>>;
  Args defaults;
  Rule rule = Shape<T>::rule();
  rule.name = std::move(name);
  rule.description = std::move(description);
  rule.fallback = Shape<T>::fallback(std::invoke(access, defaults));
  const auto read = [access](const Json& json, const Rule& r, Args& args,
                             const std::string& where) -> Result<void> {
    TRY(std::invoke(access, args), Shape<T>::read(json, r, where));
    return {};
  };
  return {std::move(rule), read};
}

template <class Args, class T>
Field<Args> field(std::string name, T Args::* member, std::string description) {
  return field_at<Args>(std::move(name), member, std::move(description));
}

template <class Args>
std::vector<Rule> rules_of(const Fields<Args>& fields) {
  std::vector<Rule> rules;
  for (const Field<Args>& field : fields) rules.push_back(field.rule);
  return rules;
}

// The values of an object in the order of `rules` (null: absent), or the items of an array. `owner`
// keeps alive what had to be parsed out of a string.
struct Opened {
  std::shared_ptr<const Json> owner;
  std::vector<const Json*> values;
};
Result<Opened> open_object(const Json& json, std::span<const Rule> rules, const std::string& where);
Result<Opened> open_array(const Json& json, const Rule& rule, const std::string& where);

template <class Args>
Result<Args> decode(const Fields<Args>& fields, const Json& json, const std::string& where = {}) {
  TRY(const Opened object, open_object(json, rules_of(fields), where));
  Args args;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (object.values[i] == nullptr) continue;
    const Field<Args>& field = fields[i];
    const std::string name = (where.empty() ? "" : where + ".") + field.rule.name;
    CHECK_OK(field.read(*object.values[i], field.rule, args, name));
  }
  return args;
}

// A list of objects: each is read by the table that `fields_of` gives for its type.
template <class T>
  requires requires { fields_of(std::type_identity<T>{}); }
struct Shape<std::vector<T>> {
  static Rule rule() {
    return {.type = "array", .item = rules_of(fields_of(std::type_identity<T>{}))};
  }
  static std::string fallback(const std::vector<T>&) { return {}; }
  static Result<std::vector<T>> read(const Json& json, const Rule& rule, const std::string& where) {
    TRY(const Opened array, open_array(json, rule, where));
    std::vector<T> list;
    for (const Json* value : array.values) {
      const std::string name = where + "[" + std::to_string(list.size()) + "]";
      TRY(T item, decode(fields_of(std::type_identity<T>{}), *value, name));
      list.push_back(std::move(item));
    }
    return list;
  }
};

// JSON Schema 2020-12: a flat object that allows nothing else.
Json schema_of(std::span<const Rule> rules);

}  // namespace pawl
