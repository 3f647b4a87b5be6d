#include "trainer/checkpoint/state_text.h"

#include <array>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "trainer/core/config.h"

namespace trainer {
namespace {

// to_chars gives the shortest digits that read back as the same value.
template <class Number>
std::string written(Number number) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

template <class Number>
constexpr const char* kKind = "a real number";
template <>
constexpr const char* kKind<std::int64_t> = "a whole number of 64 bits";
template <>
constexpr const char* kKind<std::uint64_t> = "a whole number from 0 to 2^64 - 1";

}  // namespace

Result<StateText> StateText::parse(std::string_view text) {
  TRY(std::vector<Setting> settings, parse_config(text, "state"));
  StateText state;
  for (Setting& setting : settings) {
    if (setting.words.size() != 1) return fail(setting.origin + setting.name + " is a list");
    state.values_.emplace(std::move(setting.name), std::move(setting.words.front()));
  }
  return state;
}

std::string StateText::text() const {
  std::string text;
  for (const auto& [name, value] : values_) text += name + " = " + toml_string(value) + "\n";
  return text;
}

template <StateValue Value>
void StateText::set(std::string_view name, Value value) {
  if constexpr (std::same_as<Value, std::string>) {
    values_.insert_or_assign(std::string(name), std::move(value));
  } else {
    values_.insert_or_assign(std::string(name), written(value));
  }
}

template <StateValue Value>
Result<Value> StateText::get(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fail("the state has no \"" + name + "\"");
  const std::string& text = found->second;
  if constexpr (std::same_as<Value, std::string>) {
    return text;
  } else {
    Value value{};
    const char* const end = text.data() + text.size();
    const auto [read_to, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc() && read_to == end) return value;
    return fail("the state's " + name + " is " + toml_string(text) + ", not " + kKind<Value>);
  }
}

template void StateText::set(std::string_view, std::int64_t);
template void StateText::set(std::string_view, std::uint64_t);
template void StateText::set(std::string_view, double);
template void StateText::set(std::string_view, std::string);
template Result<std::int64_t> StateText::get(const std::string&) const;
template Result<std::uint64_t> StateText::get(const std::string&) const;
template Result<double> StateText::get(const std::string&) const;
template Result<std::string> StateText::get(const std::string&) const;

}  // namespace trainer
