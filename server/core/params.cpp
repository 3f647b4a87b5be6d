#include "server/core/params.h"

#include <array>
#include <charconv>

namespace pawl {
namespace {

// Keeps a value on one line: a backslash and a line feed are written as \\ and \n.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else {
      out += text[++i] == 'n' ? '\n' : text[i];
    }
  }
  return out;
}

template <class Number>
bool parse_whole(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

Result<ParamValue> parse_value(char type, std::string_view text) {
  std::int64_t whole = 0;
  double real = 0;
  if (type == 'b') return ParamValue(text == "true");
  if (type == 's') return ParamValue(unescape(text));
  if (type == 'i' && parse_whole(text, whole)) return ParamValue(whole);
  if (type == 'f' && parse_whole(text, real)) return ParamValue(real);
  return fail(ErrorKind::kInternal,
              "stored parameter \"" + std::string(text) + "\" has no readable value");
}

}  // namespace

std::string format(const ParamValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::array<char, 40> buffer{};
  const auto write = [&](auto number) {
    return std::string(buffer.data(),
                       std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
  };
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return write(*whole);
  return write(std::get<double>(value));
}

std::string describe(const Params& params) {
  std::string text;
  for (const auto& [name, value] : params)
    text += (text.empty() ? "" : " ") + name + "=" + format(value);
  return text;
}

std::string to_text(const Params& params) {
  constexpr std::string_view kTypes = "bifs";
  std::string text;
  for (const auto& [name, value] : params) {
    text += std::string(1, kTypes[value.index()]) + " " + name + "=" + escape(format(value)) + "\n";
  }
  return text;
}

Result<Params> params_from_text(std::string_view text) {
  Params params;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    if (line.size() < 3 || equals == std::string_view::npos) {
      return fail(ErrorKind::kInternal,
                  "stored parameters have no readable line \"" + std::string(line) + "\"");
    }
    TRY(ParamValue value, parse_value(line[0], line.substr(equals + 1)));
    params.emplace(std::string(line.substr(2, equals - 2)), std::move(value));
  }
  return params;
}

}  // namespace pawl
