#include "server/policy/toml_guard.h"

namespace pawl {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr int kLineDotsMax = 100;

enum class Within { kCode, kComment, kText, kLiteral, kLongText, kLongLiteral };

// Reads as TOML does, as far as quotes and comments go.
class Guard {
 public:
  explicit Guard(std::string_view text) : text_(text) {}

  std::optional<UnsafeText> find() {
    while (next_ < text_.size()) {
      if (const char* why = refuse(text_[next_])) return UnsafeText{{line_, column_, 1}, why};
      step();
    }
    return std::nullopt;
  }

 private:
  const char* refuse(char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool line_end = c == '\n' || (c == '\r' && starts("\r\n"));
    if ((byte < 0x20 && c != '\t' && !line_end) || byte == 0x7F) return "a control character";
    const bool long_string = within_ == Within::kLongText || within_ == Within::kLongLiteral;
    if (byte >= 0x80 && (within_ == Within::kCode || long_string)) {
      return "a character beyond ASCII outside of quotes and comments, or in quotes of several "
             "lines";
    }
    if (c == '.' && within_ == Within::kCode && ++dots_ > kLineDotsMax)
      return "over 100 dots in a line";
    return nullptr;
  }

  // Past one character, or past the quotes that begin or end a string.
  void step() {
    const char c = text_[next_];
    switch (within_) {
      case Within::kCode:
        if (c == '#') within_ = Within::kComment;
        if (c == '"') return open(R"(""")", Within::kText, Within::kLongText);
        if (c == '\'') return open("'''", Within::kLiteral, Within::kLongLiteral);
        break;
      case Within::kComment:
        break;
      case Within::kText:
        if (c == '"') within_ = Within::kCode;
        if (c == '\\' && (starts("\\\\") || starts("\\\"")))
          return advance(2);  // an escaped quote ends nothing
        break;
      case Within::kLiteral:
        if (c == '\'') within_ = Within::kCode;
        break;
      case Within::kLongText:
        if (c == '\\' && (starts("\\\\") || starts("\\\""))) return advance(2);
        if (starts(R"(""")")) return close('"');
        break;
      case Within::kLongLiteral:
        if (starts("'''")) return close('\'');
        break;
    }
    advance(1);
  }

  void open(std::string_view long_quotes, Within one_line, Within many_lines) {
    const bool many = starts(long_quotes);
    within_ = many ? many_lines : one_line;
    advance(many ? 3 : 1);
  }

  // Of up to five quotes the last three end the string.
  void close(char quote) {
    std::size_t quotes = 3;
    while (quotes < 5 && next_ + quotes < text_.size() && text_[next_ + quotes] == quote) ++quotes;
    within_ = Within::kCode;
    advance(quotes);
  }

  bool starts(std::string_view with) const { return text_.substr(next_).starts_with(with); }

  void advance(std::size_t bytes) {
    for (; bytes > 0 && next_ < text_.size(); --bytes) {
      const char c = text_[next_++];
      if (c == '\n') {
        end_line();
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++column_;
      }
    }
  }

  void end_line() {
    ++line_;
    column_ = 1;
    dots_ = 0;
    if (within_ != Within::kLongText && within_ != Within::kLongLiteral) within_ = Within::kCode;
  }

  std::string_view text_;
  std::size_t next_ = 0;
  Within within_ = Within::kCode;
  int line_ = 1;
  int column_ = 1;
  int dots_ = 0;
};

}  // namespace

std::optional<UnsafeText> find_unsafe(std::string_view text) {
  if (text.size() > kFileBytesMax) return UnsafeText{{1, 1, 1}, "the file is over 64 KiB"};
  return Guard(text).find();
}

}  // namespace pawl
