// What is wrong with a file that a human wrote, told so that it can be found: file, line and
// column, the line itself and a caret. A reader reports every mistake of a file, not only the
// first.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// One file as read from disk by whoever calls: its name as people know it, and its bytes.
struct SourceText {
  std::string name;  // "policies/default.toml"
  std::string text;
};

// Lines and columns count from 1; a column is one character, not one byte.
struct Position {
  int line = 0;
  int column = 0;
  int width = 1;  // how many characters the caret underlines
  auto operator<=>(const Position&) const = default;
};

struct Diagnostic {
  std::string file;
  Position at;
  std::string message;  // one line, lower case, no full stop
  std::string hint;     // full sentences, or empty
  std::string
      source_line;  // the line that the caret points into, made printable; empty when there is none
};

using Diagnostics = std::vector<Diagnostic>;

// policies/default.toml:12:7: unknown key "dya" in [budget]
//   12 | dya = 40.00
//      | ^~~
//   Did you mean "day"?
std::string format(const Diagnostic& diagnostic);
std::string format(const Diagnostics& diagnostics);  // one after the other

Diagnostics in_order(Diagnostics diagnostics);  // by file and position

// For callers that pass an Error on: the first mistake, and how many more there are.
Error to_error(const Diagnostics& diagnostics);

}  // namespace pawl
