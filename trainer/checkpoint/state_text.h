// The counters of a run as text: lines `name = value`, sorted by name. What is read is exactly what
// was set, reals included.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "trainer/core/result.h"

namespace trainer {

template <class Value>
concept StateValue = std::same_as<Value, std::int64_t> || std::same_as<Value, std::uint64_t> ||
                     std::same_as<Value, double> || std::same_as<Value, std::string>;

class StateText {
 public:
  static Result<StateText> parse(std::string_view text);
  std::string text() const;

  // Names are letters, digits, '_', '-' and '.'.
  template <StateValue Value>
  void set(std::string_view name, Value value);

  // An error where the name is missing or its value is none of this type.
  template <StateValue Value>
  Result<Value> get(const std::string& name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace trainer
