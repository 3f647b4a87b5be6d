// A byte-level BPE vocabulary: ranks 0 .. size-5 are byte strings, every single byte among them, so
// that any text has tokens; the last four ids are special tokens, which stand for no bytes. The
// lower of two ranks was merged earlier. Immutable; may be read from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trainer {

inline constexpr int kSpecialTokens = 4;
inline constexpr int kRanksMax = 65'536 - kSpecialTokens;  // tokens are stored as uint16

class Vocabulary {
 public:
  // `ranks` are different, not empty, at most kRanksMax, and contain every single byte.
  explicit Vocabulary(std::span<const std::string> ranks);
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  int ranks() const { return static_cast<int>(ends_.size()); }
  int size() const { return ranks() + kSpecialTokens; }
  std::uint16_t bos() const { return static_cast<std::uint16_t>(ranks()); }  // begins a document

  std::string_view bytes(std::uint16_t token) const;  // empty for a special token
  std::optional<std::uint16_t> find(std::string_view bytes) const;
  std::size_t longest() const { return longest_; }  // bytes of the longest token

  std::string decode(std::span<const std::uint16_t> tokens) const;

  // For bits per byte: the bytes that each of size() tokens stands for; 0 for special tokens.
  std::vector<std::int32_t> token_bytes() const;
  // As autoresearch counts them: the token alone is decoded and encoded again, so that each part of
  // it that is no UTF-8 counts as 3. Sums above the true bytes, and so flatters the metric.
  std::vector<std::int32_t> token_bytes_autoresearch() const;

  std::uint64_t digest() const;  // of the ranks: two equal digests are the same tokenizer

 private:
  std::string text_;  // all ranks, one after the other; never short, so a move keeps its address
  std::vector<std::size_t> ends_;
  std::unordered_map<std::string_view, std::uint16_t> by_bytes_;  // into text_
  std::size_t longest_ = 0;
};

}  // namespace trainer
