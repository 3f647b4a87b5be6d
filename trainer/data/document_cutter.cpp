#include "trainer/data/document_cutter.h"

#include <algorithm>
#include <cassert>

namespace trainer {
namespace {

// Where the last `mark` that lies wholly in `text` ends, or 0.
std::size_t end_of_last(std::string_view text, std::string_view mark) {
  const std::size_t at = text.rfind(mark);
  return at == std::string_view::npos ? 0 : at + mark.size();
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The last place up to `at` that is not inside a code point; `at` itself where no UTF-8 is.
std::size_t code_point_end(std::string_view text, std::size_t at) {
  for (std::size_t back = 0; back < 4 && back < at; ++back) {
    if (!is_continuation(text[at - back])) return at - back;
  }
  return at;
}

}  // namespace

std::size_t next_document(std::string_view text, std::size_t bytes_max) {
  assert(bytes_max >= static_cast<std::size_t>(kDocumentBytesMin));
  if (text.size() <= bytes_max) return text.size();
  const std::string_view window = text.substr(0, bytes_max);
  const std::size_t paragraph =
      std::max(end_of_last(window, "\n\n"), end_of_last(window, "\n\r\n"));
  if (paragraph != 0) return paragraph;
  if (const std::size_t line = end_of_last(window, "\n")) return line;
  if (const std::size_t word = end_of_last(window, " ")) return word;
  return code_point_end(text, bytes_max);
}

}  // namespace trainer
