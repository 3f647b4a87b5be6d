#include "server/records/flat_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pawl {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  void skip_blanks() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r"), text_.size()));
  }

  bool take(char wanted) {
    skip_blanks();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        const std::string_view inside = text_.substr(0, i);
        text_.remove_prefix(i + 1);
        return inside;
      }
    }
    return std::nullopt;
  }

  // Up to what can end a value.
  std::string_view word() {
    skip_blanks();
    const std::size_t end = std::min(text_.find_first_of(", \t\r}"), text_.size());
    const std::string_view found = text_.substr(0, end);
    text_.remove_prefix(end);
    return found;
  }

  bool next_is(char c) {
    skip_blanks();
    return text_.starts_with(c);
  }

 private:
  std::string_view text_;
};

std::optional<FlatField> parse_value(Scanner& scanner) {
  if (scanner.next_is('"')) {
    if (!scanner.string()) return std::nullopt;
    return FlatField{};
  }
  const std::string_view word = scanner.word();
  if (word == "true" || word == "false") return FlatField{};
  if (word == "null") return FlatField{{}, FlatKind::kNotFinite, 0};
  return parse_number(word);
}

}  // namespace

std::optional<FlatField> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with("+")) return std::nullopt;
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {  // 1e999, but also 1e-999
    const bool tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    return tiny ? FlatField{{}, FlatKind::kNumber, 0} : FlatField{{}, FlatKind::kNotFinite, 0};
  }
  if (!std::isfinite(number)) return FlatField{{}, FlatKind::kNotFinite, 0};
  return FlatField{{}, FlatKind::kNumber, number};
}

std::optional<std::vector<FlatField>> parse_flat_json(std::string_view line) {
  std::vector<FlatField> fields;
  Scanner scanner(line);
  if (!scanner.take('{')) return std::nullopt;
  bool more = !scanner.take('}');
  while (more) {
    const auto key = scanner.string();
    if (!key || !scanner.take(':')) return std::nullopt;
    auto field = parse_value(scanner);
    if (!field) return std::nullopt;
    field->key = *key;
    fields.push_back(*field);
    more = scanner.take(',');
    if (!more && !scanner.take('}')) return std::nullopt;
  }
  scanner.skip_blanks();
  if (!scanner.at_end()) return std::nullopt;
  return fields;
}

}  // namespace pawl
