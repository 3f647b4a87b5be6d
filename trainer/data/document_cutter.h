// Cuts a plain text into documents.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trainer {

inline constexpr std::int64_t kDocumentBytesMin = 4;  // the longest code point

// How many bytes at the front of `text` are its next document: all of it if it has at most
// `bytes_max`; else as much as fits up to the end of a paragraph (a blank line), of a line, of a
// word (a space), or of a code point, the first of these that there is. Documents in order are the
// text: the blank line and the space stay at the end of the document that they close.
std::size_t next_document(std::string_view text, std::size_t bytes_max);

template <class Receive>
void cut_documents(std::string_view text, std::int64_t bytes_max, Receive&& receive) {
  while (!text.empty()) {
    const std::size_t size = next_document(text, static_cast<std::size_t>(bytes_max));
    receive(text.substr(0, size));
    text.remove_prefix(size);
  }
}

}  // namespace trainer
