// Finds the functions of a C++ file by following its braces. Not a parser: it knows namespaces,
// types, data and functions by what stands before the brace, which is enough for this project's own
// style.
#pragma once
#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace tidy {

struct Function {
  std::string name;
  std::size_t first_line = 0,
              last_line = 0;  // from its head to its closing brace; the same for a declaration
  std::size_t parameters = 0;
  std::size_t lines() const { return last_line - first_line + 1; }
};

std::vector<Function> functions_of(const SourceFile& file);

}  // namespace tidy
