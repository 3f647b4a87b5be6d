// Texts that are hard on a splitter and an encoder.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "trainer/core/philox.h"

namespace trainer {

// Valid UTF-8 of `count` characters.
inline std::string random_text(Philox& random, std::size_t count) {
  static constexpr std::array<std::string_view, 44> kAlphabet = {
      "a",      "b",  "S",  "s",      "t",      "D",      "m",          "l",         "L",
      "v",      "e",  "r",  "R",      "\u017F", "\u00e9", "\u0416",     "\u4e2d",    "\u3042",
      "0",      "1",  "7",  "\u0661", "\u00b2", "\u2167", " ",          " ",         " ",
      "\n",     "\n", "\r", "\t",     "\u00a0", "\u3000", "\u2028",     "'",         "'",
      "\u2019", ".",  "-",  "_",      "\u0301", "\u200d", "\U0001F600", "\U0001D54F"};
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += kAlphabet[random.below(kAlphabet.size())];
  return text;
}

// Any bytes, few of them different in some texts, so that much repeats.
inline std::string random_bytes(Philox& random, std::size_t count) {
  const std::uint32_t kinds = random.below(2) == 0 ? 256 : 3;
  const std::uint32_t first = random.below(256);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>(first + random.below(kinds));
  return text;
}

}  // namespace trainer
