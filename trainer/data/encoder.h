// Text to tokens: the splitter's pieces, and in each piece the merge of lowest rank first, leftmost
// among equals; a piece that is a token as a whole is that token (both as tiktoken does).
//
// Remembers pieces, of which a text has few different ones. One thread per Encoder.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trainer/data/vocabulary.h"

namespace trainer {

class Encoder {
 public:
  explicit Encoder(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  void append(std::string_view text, std::vector<std::uint16_t>& tokens);

 private:
  struct Slice {
    std::size_t begin, size;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void remember(std::string_view piece, const std::uint16_t* tokens, std::size_t size);

  const Vocabulary& vocabulary_;  // outlives us
  std::unordered_map<std::string, Slice, Hash, std::equal_to<>> memo_;
  std::vector<std::uint16_t> memo_tokens_;
};

std::vector<std::uint16_t> encode(const Vocabulary& vocabulary, std::string_view text);

}  // namespace trainer
