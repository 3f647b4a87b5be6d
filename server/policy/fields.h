// One table of fields is the only description of a section of a file: the parser, the defaults,
// "did you mean", the key reference and what counts as tightening all come from it.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/policy/key_values.h"
#include "server/policy/policy.h"
#include "server/policy/tighter.h"

namespace pawl {

struct KeyInfo {
  std::string name{};
  std::string unit{};      // from the codec
  std::string schema{};    // of a plain value, as JSON Schema; from the codec
  std::string fallback{};  // where the key is absent, as it would stand in a file; empty: none
  std::string example{};
  std::string doc{};
  Tighter tighter = Tighter::kNever;
  bool required = false;
  std::vector<KeyInfo> members{};  // of a value that is itself a table
};

inline constexpr std::string_view kBuiltIn = "built-in default";

// Puts a value where it belongs, with its source where the place wants one.
template <class V>
void store(Sourced<V>& to, V value, const std::string& source) {
  to = {std::move(value), source};
}
template <class V>
void store(std::optional<Sourced<V>>& to, V value, const std::string& source) {
  to = Sourced<V>{std::move(value), source};
}
template <class V>
void store(V& to, V value, const std::string&) {
  to = std::move(value);
}
template <class V>
void store(std::optional<V>& to, V value, const std::string&) {
  to = std::move(value);
}

// Takes over the inner value where it is tighter than the outer, or says why not. "Not set" outside
// is tightened by anything.
template <class V>
Result<void> narrow(Sourced<V>& outer, const Sourced<V>& inner, Tighter tighter) {
  const bool looser =
      tighter == Tighter::kNever || effect_of(outer.value, inner.value, tighter) == Effect::kLooser;
  if (looser) {
    return fail(ErrorKind::kInvalid,
                shown_if_known(inner.value) + " is looser than " + shown_if_known(outer.value) +
                    " (" + outer.source + ")",
                "A repository's policy only tightens: lower it, or leave it out.");
  }
  outer = inner;
  return {};
}
template <class V>
Result<void> narrow(std::optional<Sourced<V>>& outer, const std::optional<Sourced<V>>& inner,
                    Tighter tighter) {
  if (outer) return narrow(*outer, *inner, tighter);
  outer = inner;
  return {};
}
template <class V>
Result<void> narrow(V&, const V&, Tighter) {
  return fail(ErrorKind::kInvalid, "cannot be changed here");
}

template <class T>
struct Field {
  KeyInfo info;
  std::function<Result<void>(T&, const TomlNode&, const std::string& source)> read;
  std::function<Result<void>(T& outer, const T& inner)> narrow;  // `inner` has been read
  std::function<ValueChange(T& outer, const T& inner)> take_tighter;
};

template <class T>
using Fields = std::vector<Field<T>>;

// What a type alone says of its values in a file.
template <class V>
std::string schema_of() {
  if constexpr (std::is_same_v<V, std::string>) {
    return R"({"type": "string"})";
  } else if constexpr (std::is_same_v<V, std::vector<std::string>>) {
    return R"({"type": "array", "items": {"type": "string"}})";
  } else if constexpr (std::is_same_v<V, std::vector<double>>) {
    return R"({"type": "array", "items": {"type": "number"}})";
  } else {
    return R"({"type": "number", "minimum": 0})";
  }
}

template <class T, class Member, class V>
Field<T> field(Member T::* member, Codec<V> codec, KeyInfo info) {
  info.unit = codec.unit;
  if (info.members.empty()) info.schema = codec.schema.empty() ? schema_of<V>() : codec.schema;
  const Tighter tighter = info.tighter;
  return {std::move(info),
          [=](T& to, const TomlNode& node, const std::string& source) -> Result<void> {
            TRY(V value, codec.read(node));
            store(to.*member, std::move(value), source);
            return {};
          },
          [=](T& outer, const T& inner) { return narrow(outer.*member, inner.*member, tighter); },
          [=](T& outer, const T& inner) {
            return take_tighter(outer.*member, inner.*member, tighter);
          }};
}

template <class T>
Fields<T> joined(Fields<T> first, const Fields<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// The fields of a part, as fields of the whole.
template <class T, class Part>
Fields<T> fields_of(Part T::* part, const Fields<Part>& fields) {
  Fields<T> lifted;
  for (const Field<Part>& f : fields) {
    lifted.push_back(
        {f.info,
         [=](T& to, const TomlNode& node, const std::string& source) {
           return f.read(to.*part, node, source);
         },
         [=](T& outer, const T& inner) { return f.narrow(outer.*part, inner.*part); },
         [=](T& outer, const T& inner) { return f.take_tighter(outer.*part, inner.*part); }});
  }
  return lifted;
}

template <class T>
std::vector<KeyInfo> infos(const Fields<T>& fields) {
  std::vector<KeyInfo> out;
  for (const Field<T>& f : fields) out.push_back(f.info);
  return out;
}

// The built-in value as a node, as if it stood in a file.
TomlNode node_of_fallback(const std::string& fallback);

std::string unit_of_table(const std::vector<KeyInfo>& keys);  // "a table of `usd`, `window`"

// Reports what is not a table, unknown keys and missing required ones. True: the members can be
// read.
bool check_keys(TomlForest& forest, const TomlNode& table, std::string_view section,
                const std::vector<KeyInfo>& keys);

// Why the keys of an inline table are wrong, where they are.
Result<void> check_members(const TomlNode& table, const std::vector<KeyInfo>& keys);

// Reads an inline table as one value: `to` gets what is there, else the fallback.
template <class T>
Result<void> read_inline(const TomlNode& table, const Fields<T>& fields, T& to,
                         const std::string& source) {
  CHECK_OK(check_members(table, infos(fields)));
  for (const Field<T>& f : fields) {
    const TomlMember* member = table.find(f.info.name);
    if (member == nullptr) {
      if (!f.info.fallback.empty())
        CHECK_OK(f.read(to, node_of_fallback(f.info.fallback), std::string(kBuiltIn)));
      continue;
    }
    if (Result<void> read = f.read(to, member->value, source); !read) {
      read.error().message = f.info.name + ": " + read.error().message;
      return read;
    }
  }
  return {};
}

// A member that is written { a = 1, b = 2 }.
template <class T, class Member, class V>
Field<T> table_value(Member T::* member, const Fields<V>& fields, KeyInfo info) {
  info.members = infos(fields);
  const Codec<V> codec{unit_of_table(info.members), [=](const TomlNode& node) -> Result<V> {
                         V value{};
                         CHECK_OK(read_inline(node, fields, value, ""));
                         return value;
                       }};
  return field(member, codec, std::move(info));
}

// The same for a table whose members are the section's own.
template <class T>
Field<T> table_field(const Fields<T>& fields, KeyInfo info) {
  info.members = infos(fields);
  info.unit = unit_of_table(info.members);
  return {std::move(info),
          [=](T& to, const TomlNode& node, const std::string& source) {
            return read_inline(node, fields, to, source);
          },
          [](T&, const T&) -> Result<void> {
            return fail(ErrorKind::kInvalid, "cannot be changed here");
          }};
}

// What to do is the mistake's own hint, else the key's example.
template <class T>
void report_value(TomlForest& forest, const TomlMember& member, const Field<T>& field,
                  const Error& error) {
  forest.report(member.value.place, field.info.name + ": " + error.message,
                error.hint.empty() && !field.info.example.empty()
                    ? "Write it as in " + field.info.name + " = " + field.info.example + "."
                    : error.hint);
}

// Fills `to` from the members of a table: what is there, else the fallback. Every mistake goes to
// the forest.
template <class T>
void read_members(TomlForest& forest, const TomlNode& table, const Fields<T>& fields, T& to) {
  for (const Field<T>& f : fields) {
    const TomlMember* member = table.find(f.info.name);
    if (member == nullptr) {
      if (!f.info.fallback.empty())
        (void)f.read(to, node_of_fallback(f.info.fallback), std::string(kBuiltIn));
      continue;
    }
    const Place& place = member->value.place;
    if (const Result<void> read = f.read(to, member->value, forest.source_of(place)); !read)
      report_value(forest, *member, f, read.error());
  }
}

template <class T>
void read_section(TomlForest& forest, const TomlNode& table, std::string_view section,
                  const Fields<T>& fields, T& to) {
  if (check_keys(forest, table, section, infos(fields))) read_members(forest, table, fields, to);
}

// Lets a table of an inner file change `outer`, only towards tighter.
template <class T>
void narrow_section(TomlForest& forest, const TomlNode& table, std::string_view section,
                    const Fields<T>& fields, T& outer) {
  std::vector<KeyInfo> keys = infos(fields);
  for (KeyInfo& key : keys) key.required = false;
  if (!check_keys(forest, table, section, keys)) return;
  for (const Field<T>& f : fields) {
    const TomlMember* member = table.find(f.info.name);
    if (member == nullptr) continue;
    const Place& place = member->value.place;
    T inner{};
    Result<void> done = f.read(inner, member->value, forest.source_of(place));
    if (done) done = f.narrow(outer, inner);
    if (!done) report_value(forest, *member, f, done.error());
  }
}

// One section of the key reference.
struct SectionDoc {
  std::string heading;  // "[budget]", "[stage.NAME]", "[[agent]]"
  std::string doc;
  std::vector<KeyInfo> keys;
};

std::string reference_of(const std::vector<SectionDoc>& sections);  // Markdown
std::string schema_of(const std::vector<SectionDoc>& sections);     // JSON Schema, draft 7

}  // namespace pawl
