// What a tool answers, as plain values. One rendering gives structured content, another the same
// facts as text; both are kept under a number of tokens by dropping rows, and say so.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// A number shown with fixed decimals, and rounded to them where a program reads it.
struct Fixed {
  double value = 0;
  int decimals = 4;
};
double rounded(const Fixed& number);  // to its decimals, half away from zero; never -0.0

using Cell = std::variant<std::monostate, bool, std::int64_t, Fixed, std::string>;
using Lines = std::vector<std::string>;

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

// A fact of a reply. A table without a name stands at the top: {"columns", "rows"}.
struct Item {
  std::string name;
  std::variant<Cell, Lines, Table> value;
  std::string more{};  // of a table or list: the call that gets what a limit dropped
};

inline constexpr std::size_t kConciseTokens = 1'200;
inline constexpr std::size_t kDetailedTokens = 6'000;

struct Reply {
  std::string summary;   // one line
  std::string status{};  // "held" or "still_running": not errors, but not done either
  std::vector<Item> data{};
  Lines missing{};       // what a limit dropped, and the call that gets it
  Lines next{};          // at most three concrete calls
  std::string budget{};  // one line
  std::size_t tokens_max = kConciseTokens;
  bool text_only = false;  // logs: structured content would hide the text from the model
};

// What a client is sent.
struct Rendered {
  std::string text;
  std::string structured{};  // a JSON object; empty: none
  bool is_error = false;
};

Rendered render(Reply reply);
Rendered render(const Error& error);  // "CODE what (why).\nOptions: ..."; nothing structured

// The reply as people read it: facts, aligned tables, then what next.
std::string text_of(const Reply& reply);

// About four bytes a token: close enough for English and JSON, and the same on every machine.
constexpr std::size_t count_tokens(std::string_view text) { return (text.size() + 3) / 4; }

// Untrusted text of a job between two lines with a random word, so that nothing inside can pretend
// to end it.
std::string fence(std::string_view text, std::string_view origin);

std::string clip(std::string text, std::size_t bytes_max);  // "... [+N bytes]" when it was longer

std::string_view code_of(ErrorKind kind);  // "NOT_FOUND"

}  // namespace pawl
