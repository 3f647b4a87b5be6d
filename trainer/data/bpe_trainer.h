// Trains a byte-level BPE vocabulary: starting from the 256 bytes, the pair of neighbours that
// occurs most often becomes the next rank, until the vocabulary is full. Among equally frequent
// pairs the smaller (left id, right id) wins, so that one text gives one vocabulary.
// Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2016.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "trainer/core/result.h"
#include "trainer/data/vocabulary.h"

namespace trainer {

// How often each piece of the training text occurs. No merge crosses a piece, so nothing else of
// the text matters.
class PieceCounts {
 public:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Map = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;

  void add(std::string_view text);
  const Map& counts() const { return counts_; }

 private:
  Map counts_;
};

// Errors: no text, a size outside 260 .. 65,536, a text with too few pairs that occur twice.
Result<Vocabulary> train_bpe(const PieceCounts& pieces, int vocabulary_size);

}  // namespace trainer
