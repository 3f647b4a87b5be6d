#include "trainer/core/json_line.h"

#include <cmath>

#include "trainer/core/number.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

std::string json_string(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      escaped += {'\\', c};
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      escaped += format("\\u%04x", static_cast<unsigned>(c));
    } else {
      escaped += c;
    }
  }
  return escaped + '"';
}

}  // namespace

JsonLine& JsonLine::add(std::string_view name, double value) {
  return add_as_is(name, std::isfinite(value) ? shortest(value) : "null");
}

JsonLine& JsonLine::add(std::string_view name, std::string_view text) {
  return add_as_is(name, json_string(text));
}

JsonLine& JsonLine::add_as_is(std::string_view name, std::string_view value) {
  if (!fields_.empty()) fields_ += ',';
  fields_ += json_string(name) + ':';
  fields_ += value;
  return *this;
}

}  // namespace trainer
