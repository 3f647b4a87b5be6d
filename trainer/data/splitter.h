// Cuts text into the pieces inside which byte pairs may merge: the pattern of GPT-4's tokenizer,
// with numbers in groups of at most two digits (nanochat's choice for small vocabularies):
//
//   '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*
//   |\s*[\r\n]|\s+(?!\S)|\s+
//
// The pieces in order are the text: nothing is lost. \s is Unicode's White_Space.
#pragma once
#include <cstddef>
#include <string_view>

namespace trainer {

std::size_t first_piece(std::string_view text);  // its bytes; `text` is not empty

template <class Receive>
void split(std::string_view text, Receive&& receive) {
  while (!text.empty()) {
    const std::size_t size = first_piece(text);
    receive(text.substr(0, size));
    text.remove_prefix(size);
  }
}

}  // namespace trainer
