#include "trainer/data/vocabulary.h"

#include <algorithm>
#include <cassert>

#include "trainer/core/digest.h"
#include "trainer/data/unicode.h"

namespace trainer {

Vocabulary::Vocabulary(std::span<const std::string> ranks) {
  assert(ranks.size() >= 256 && ranks.size() <= static_cast<std::size_t>(kRanksMax));
  for (const std::string& rank : ranks) {
    assert(!rank.empty());
    text_ += rank;
    ends_.push_back(text_.size());
    longest_ = std::max(longest_, rank.size());
  }
  by_bytes_.reserve(ranks.size());
  for (int token = 0; token < this->ranks(); ++token) {
    const auto id = static_cast<std::uint16_t>(token);
    [[maybe_unused]] const bool is_new = by_bytes_.emplace(bytes(id), id).second;
    assert(is_new);
  }
  for (int byte = 0; byte < 256; ++byte) {
    assert(find(std::string(1, static_cast<char>(byte))).has_value());
  }
}

std::string_view Vocabulary::bytes(std::uint16_t token) const {
  assert(token < size());
  if (token >= ranks()) return {};
  const std::size_t begin = token == 0 ? 0 : ends_[token - 1u];
  return std::string_view(text_).substr(begin, ends_[token] - begin);
}

std::optional<std::uint16_t> Vocabulary::find(std::string_view bytes) const {
  const auto found = by_bytes_.find(bytes);
  if (found == by_bytes_.end()) return std::nullopt;
  return found->second;
}

std::string Vocabulary::decode(std::span<const std::uint16_t> tokens) const {
  std::string text;
  for (const std::uint16_t token : tokens) text += bytes(token);
  return text;
}

std::vector<std::int32_t> Vocabulary::token_bytes() const {
  std::vector<std::int32_t> counts(static_cast<std::size_t>(size()));
  for (std::size_t token = 0; token < counts.size(); ++token) {
    counts[token] = static_cast<std::int32_t>(bytes(static_cast<std::uint16_t>(token)).size());
  }
  return counts;
}

std::vector<std::int32_t> Vocabulary::token_bytes_autoresearch() const {
  std::vector<std::int32_t> counts(static_cast<std::size_t>(size()));
  for (std::size_t token = 0; token < counts.size(); ++token) {
    const std::string_view text = bytes(static_cast<std::uint16_t>(token));
    counts[token] = static_cast<std::int32_t>(replaced_utf8_size(text));
  }
  return counts;
}

std::uint64_t Vocabulary::digest() const {
  const std::span<const std::size_t> ends(ends_);
  return trainer::digest(std::as_bytes(ends), trainer::digest(text_));
}

}  // namespace trainer
