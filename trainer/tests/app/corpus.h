// English-like text from a small grammar: the same for a seed on every machine. Documents are
// paragraphs of some sentences; a model learns spelling, word order and who does what.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "trainer/core/philox.h"

namespace trainer {

template <std::size_t kCount>
std::string_view pick(Philox& random, const std::array<std::string_view, kCount>& words) {
  // The product of two uniform numbers: the first words are the frequent ones, as in a language.
  const double share = random.uniform() * random.uniform();
  return words[static_cast<std::size_t>(share * static_cast<double>(kCount))];
}

inline std::string noun_phrase(Philox& random) {
  constexpr std::array<std::string_view, 4> kArticles = {"the", "her", "every", "no"};
  constexpr std::array<std::string_view, 6> kAdjectives = {"",       "old ",     "quiet ",
                                                           "proud ", "amiable ", "wretched "};
  constexpr std::array<std::string_view, 12> kNouns = {
      "sister",  "gentleman", "letter",   "garden",    "carriage", "neighbour",
      "parlour", "promise",   "daughter", "clergyman", "evening",  "fortune"};
  return std::string(pick(random, kArticles)) + " " + std::string(pick(random, kAdjectives)) +
         std::string(pick(random, kNouns));
}

inline std::string sentence(Philox& random) {
  constexpr std::array<std::string_view, 8> kVerbs = {
      "admired", "expected", "forgot", "described", "wrote of", "waited for", "refused", "visited"};
  constexpr std::array<std::string_view, 5> kEnds = {"", " again", " in silence", " before dinner",
                                                     " with great pleasure"};
  std::string text = noun_phrase(random) + " " + std::string(pick(random, kVerbs)) + " " +
                     noun_phrase(random) + std::string(pick(random, kEnds)) + ".";
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

inline std::string synthetic_text(std::uint64_t seed, int documents) {
  Philox random(seed, 0);
  std::string text;
  for (int i = 0; i < documents; ++i) {
    const std::uint32_t sentences = 2 + random.below(5);
    for (std::uint32_t n = 0; n < sentences; ++n) text += sentence(random) + " ";
    text.back() = '\n';
    text += '\n';
  }
  return text;
}

}  // namespace trainer
