#include "tests/tidy/functions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// The word that ends at `end`, spaces skipped.
std::string word_before(std::string_view text, std::size_t end) {
  while (end > 0 && text[end - 1] == ' ') --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return std::string(text.substr(begin, end - begin));
}

// One past the bracket that closes the one at `open`; the arrow of a return type closes nothing.
std::size_t skip_brackets(std::string_view text, std::size_t open) {
  constexpr std::string_view kOpen = "([{<", kClose = ")]}>";
  const char closing = kClose[kOpen.find(text[open])];
  std::size_t depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == text[open]) ++depth;
    if (text[at] == closing && text[at - 1] != '-' && --depth == 0) return at + 1;
  }
  return text.size();
}

// A head is what stands before a brace or semicolon: "template <class T> Result<T> Foo::find(int a)
// const". Where its parameter list opens, if it has one.
std::optional<std::size_t> parameter_list(std::string_view head) {
  if (const std::size_t at = head.find("operator"); at != std::string_view::npos) {
    const std::size_t call = head.find("()", at);
    const std::size_t open = head.find('(', call == at + 8 ? call + 2 : at);
    return open == std::string_view::npos ? std::nullopt : std::optional(open);
  }
  for (std::size_t at = 0; at < head.size(); ++at) {
    if (head[at] == '=' && !head.substr(at).contains('['))
      return std::nullopt;  // a value, and no lambda
    if (head[at] == '(' &&
        !is_any(word_before(head, at), {"alignas", "decltype", "explicit", "requires"}))
      return at;
    if (std::string_view("([<").contains(head[at])) at = skip_brackets(head, at) - 1;
  }
  return std::nullopt;
}

std::size_t count_parameters(std::string_view head) {
  const std::optional<std::size_t> open = parameter_list(head);
  if (!open) return 0;
  const std::string_view list = head.substr(*open + 1, skip_brackets(head, *open) - *open - 2);
  if (list.find_first_not_of(' ') == std::string_view::npos) return 0;
  std::size_t count = 1;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == ',') ++count;
    if (std::string_view("([{<").contains(list[at])) at = skip_brackets(list, at) - 1;
  }
  return count;
}

bool opens_scope(std::string_view head) {
  while (head.starts_with("template <") || head.starts_with("template<")) {
    head.remove_prefix(skip_brackets(head, head.find('<')));
    head.remove_prefix(std::min(head.find_first_not_of(' '), head.size()));
  }
  const std::string_view first = head.substr(0, head.find(' '));
  return !head.ends_with(')') &&
         is_any(first, {"namespace", "inline", "class", "struct", "enum", "union", "extern"});
}

bool opens_function(std::string_view head) {
  const std::string last = word_before(head, head.size());
  const bool ends_like_one =
      head.ends_with(')') || head.ends_with('&') || head.contains("->") ||
      is_any(last, {"const", "noexcept", "override", "final", "mutable", "try"});
  return ends_like_one && (head.contains(')') || head.ends_with(']'));
}

class Tracker {
 public:
  std::vector<Function> run(const std::vector<std::string>& code) {
    for (line_ = 1; line_ <= code.size(); ++line_) {
      for (const char c : code[line_ - 1]) step(c);
      step(' ');
    }
    return std::move(functions_);
  }

 private:
  enum class Kind : std::uint8_t { kScope, kData, kFunction, kInner };
  struct Block {
    Kind kind;
    std::string head;
    std::size_t first_line;
  };

  void step(char c) {
    if (c == '{') return open();
    if (c == '}') return close();
    if (inside_function()) return;
    if (c == ';') return end_statement();
    if (c == ' ' && (head_.empty() || head_.back() == ' ')) return;
    if (c == ':' && is_any(head_, {"public", "private", "protected"})) return head_.clear();
    if (head_.empty()) first_line_ = line_;
    head_ += c;
  }

  bool inside_function() const {
    return !blocks_.empty() &&
           (blocks_.back().kind == Kind::kFunction || blocks_.back().kind == Kind::kInner);
  }

  void open() {
    while (head_.ends_with(' ')) head_.pop_back();
    const Kind kind = inside_function()       ? Kind::kInner
                      : opens_scope(head_)    ? Kind::kScope
                      : opens_function(head_) ? Kind::kFunction
                                              : Kind::kData;
    blocks_.push_back({kind, std::exchange(head_, {}), first_line_});
  }

  void close() {
    if (blocks_.empty()) return;
    const Block block = std::move(blocks_.back());
    blocks_.pop_back();
    head_.clear();
    if (block.kind == Kind::kFunction) add(block.head, block.first_line);
    if (block.kind != Kind::kData) return;
    head_ = block.head + "{}";  // data is a part of what goes on behind it
    first_line_ = block.first_line;
  }

  void end_statement() {
    const bool in_scope = blocks_.empty() || blocks_.back().kind == Kind::kScope;
    const bool is_declaration =
        in_scope && !head_.contains('{') && !head_.starts_with("static_assert");
    if (is_declaration && parameter_list(head_)) add(head_, line_);
    head_.clear();
  }

  void add(const std::string& head, std::size_t first_line) {
    const std::size_t open = parameter_list(head).value_or(head.size());
    functions_.push_back({word_before(head, open), first_line, line_, count_parameters(head)});
  }

  std::vector<Function> functions_;
  std::vector<Block> blocks_;
  std::string head_;
  std::size_t first_line_ = 1, line_ = 1;
};

}  // namespace

std::vector<Function> functions_of(const SourceFile& file) { return Tracker().run(file.code); }

}  // namespace tidy
