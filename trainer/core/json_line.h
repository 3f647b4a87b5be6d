// One flat JSON object on one line, as metrics files hold them.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

namespace trainer {

template <class Number>
concept Whole = std::integral<Number> && !std::same_as<Number, bool>;

class JsonLine {
 public:
  // Numbers keep their exact value; null stands for one that is not finite. Text must be UTF-8.
  JsonLine& add(std::string_view name, double value);
  JsonLine& add(std::string_view name, std::string_view text);
  JsonLine& add(std::string_view name, const char* text) {
    return add(name, std::string_view(text));
  }
  JsonLine& add(std::string_view name, std::same_as<bool> auto value) {
    return add_as_is(name, value ? "true" : "false");
  }
  JsonLine& add(std::string_view name, Whole auto value) {
    return add_as_is(name, std::to_string(value));
  }

  std::string text() const { return "{" + fields_ + "}\n"; }

 private:
  JsonLine& add_as_is(std::string_view name, std::string_view value);

  std::string fields_;
};

}  // namespace trainer
