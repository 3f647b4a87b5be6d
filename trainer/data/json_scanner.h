// A strict scanner of JSON text (RFC 8259): keeps strings, and only checks everything else.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "trainer/core/result.h"

namespace trainer {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // Past white space, whether `c` is next; if so, past it as well.
  bool take(char c);
  bool at_end();
  char peek();  // past white space; NUL at the end

  Result<std::string> string();
  Result<void> skip_value(int depth_max = 64);

  std::unexpected<Error> fail_here(const std::string& what) const;  // "WHAT at column N"

 private:
  void skip_space();
  Result<void> skip_container(char close, int depth_max);
  Result<void> skip_number();
  Result<void> skip_literal(std::string_view word);
  bool skip_digits();
  Result<void> append_escape(std::string& to);
  Result<unsigned> hex4();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace trainer
