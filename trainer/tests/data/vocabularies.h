// Small vocabularies for tests.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "trainer/data/vocabulary.h"

namespace trainer {

// The 256 bytes and then `merged`, which get ranks 256 and on.
inline std::vector<std::string> ranks_with(std::initializer_list<std::string> merged) {
  std::vector<std::string> ranks;
  for (int byte = 0; byte < 256; ++byte) ranks.emplace_back(1, static_cast<char>(byte));
  ranks.insert(ranks.end(), merged);
  return ranks;
}

inline Vocabulary vocabulary_with(std::initializer_list<std::string> merged) {
  return Vocabulary(ranks_with(merged));
}

}  // namespace trainer
