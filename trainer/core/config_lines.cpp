// How a config file is written: lines of `name = value`.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "trainer/core/config.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '.';
}

// The rest of one line.
class Cursor {
 public:
  explicit Cursor(std::string_view line) : rest_(line) {}

  bool at_end() {  // nothing but a comment follows
    skip_space();
    return rest_.empty() || rest_.front() == '#';
  }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <class Belongs>
  std::string take_while(Belongs belongs) {
    skip_space();
    const auto* const end = std::ranges::find_if_not(rest_, belongs);
    std::string taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::optional<char> next() {
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  std::string_view rest() const { return rest_; }

 private:
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

constexpr std::string_view kEscapes = "\"\\nrt";  // each stands for the character of kEscaped
constexpr std::string_view kEscaped = "\"\\\n\r\t";

// Behind "\u": four digits of an ASCII character, the only ones that print_config writes so.
Result<char> ascii_escape(Cursor& line) {
  const std::string_view digits = line.rest().substr(0, 4);
  int code = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, code, 16);
  if (digits.size() != 4 || error != std::errc() || read_to != end || code < 0 || code > 0x7f) {
    return fail("\\u" + std::string(digits) + " is not an ASCII character");
  }
  for (int i = 0; i < 4; ++i) line.next();
  return static_cast<char>(code);
}

// Behind the opening quote, up to and with the closing one.
Result<std::string> take_string(Cursor& line) {
  std::string text;
  while (std::optional<char> c = line.next()) {
    if (*c == '"') return text;
    if (*c == '\\') {
      c = line.next();
      const std::size_t at = c ? kEscapes.find(*c) : std::string_view::npos;
      if (c == 'u') {
        TRY(c, ascii_escape(line));
      } else if (at == std::string_view::npos) {
        return fail("\\" + std::string(c ? 1 : 0, c.value_or(' ')) + " is no escape of a string");
      } else {
        c = kEscaped[at];
      }
    }
    text += *c;
  }
  return fail("a string has no closing quote");
}

// Behind the opening bracket, up to and with the closing one.
Result<std::vector<std::string>> take_list(Cursor& line) {
  std::vector<std::string> words;
  while (!line.take(']')) {
    if (!line.take('"')) return fail("an array holds strings in quotes, on one line");
    TRY(words.emplace_back(), take_string(line));
    if (line.take(',')) continue;
    if (!line.take(']')) return fail("an array has neither a comma nor ] after a string");
    break;
  }
  return words;
}

Result<Setting> take_setting(Cursor& line) {
  Setting setting;
  setting.name = line.take_while(is_name);
  if (setting.name.empty() || !line.take('=')) return fail("this is not `name = value`");
  if (line.take('"')) {
    setting.notation = Notation::kQuoted;
    TRY(setting.words.emplace_back(), take_string(line));
  } else if (line.take('[')) {
    setting.notation = Notation::kList;
    TRY(setting.words, take_list(line));
  } else {
    setting.words.push_back(line.take_while([](char c) { return !is_space(c) && c != '#'; }));
    if (setting.words.front().empty()) return fail(setting.name + " has no value");
  }
  if (!line.at_end()) {
    return fail("\"" + std::string(line.rest()) + "\" follows the value of " + setting.name);
  }
  return setting;
}

}  // namespace

Result<std::vector<Setting>> parse_config(std::string_view text, std::string_view file) {
  std::vector<Setting> settings;
  std::set<std::string> names;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    Cursor line(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.at_end()) continue;
    const std::string origin = std::string(file) + ":" + std::to_string(number) + ": ";
    Result<Setting> setting = take_setting(line);
    if (!setting) return fail(origin + setting.error().message);
    if (!names.insert(setting->name).second) return fail(origin + setting->name + " is set twice");
    setting->origin = origin;
    settings.push_back(*std::move(setting));
  }
  return settings;
}

std::string toml_string(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : text) {
    const std::size_t at = kEscaped.find(c);
    if (at != std::string_view::npos) {
      escaped += {'\\', kEscapes[at]};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      escaped += format("\\u%04x", static_cast<unsigned>(c));
    } else {
      escaped += c;
    }
  }
  return escaped + '"';
}

}  // namespace trainer
