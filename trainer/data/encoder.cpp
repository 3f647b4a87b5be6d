#include "trainer/data/encoder.h"

#include <algorithm>
#include <cassert>
#include <queue>
#include <utility>

#include "trainer/data/splitter.h"

namespace trainer {
namespace {

constexpr std::size_t kMemoPieces = 1 << 18;
constexpr std::size_t kMemoPieceBytes = 64;  // longer ones hardly come again

// The merges of one piece: its parts as a list, and the pairs that are tokens in a queue, so that
// a piece of n bytes takes O(n log n). Queued pairs of which a part has changed are passed over.
class PieceMerge {
 public:
  PieceMerge(const Vocabulary& vocabulary, std::string_view piece)
      : vocabulary_(vocabulary), piece_(piece), parts_(piece.size()) {
    for (std::size_t at = 0; at < parts_.size(); ++at) parts_[at] = {at, at + 1};
    for (std::size_t at = 0; at < parts_.size(); ++at) offer(at);
  }

  void run() {
    while (!queue_.empty()) {
      const Pair pair = queue_.top();
      queue_.pop();
      Part& left = parts_[pair.begin];
      if (left.end == left.begin || left.end == piece_.size()) continue;
      Part& right = parts_[left.end];
      if (right.end != pair.end) continue;
      if (right.end < piece_.size()) parts_[right.end].previous = pair.begin;
      left.end = std::exchange(right.end, right.begin);
      offer(pair.begin);
      if (pair.begin > 0) offer(left.previous);
    }
  }

  void append_to(std::vector<std::uint16_t>& tokens) const {
    for (std::size_t at = 0; at < piece_.size(); at = parts_[at].end) {
      const auto token = vocabulary_.find(piece_.substr(at, parts_[at].end - at));
      assert(token.has_value());
      tokens.push_back(*token);
    }
  }

 private:
  struct Part {
    std::size_t begin = 0, end = 0;  // equal once the part has merged into the one before it
    std::size_t previous = begin == 0 ? 0 : begin - 1;  // where the part before it begins
  };
  struct Pair {
    std::uint16_t rank;
    std::size_t begin, end;
    bool operator<(const Pair& other) const {  // std::priority_queue gives the greatest
      return std::pair(rank, begin) > std::pair(other.rank, other.begin);
    }
  };

  void offer(std::size_t begin) {
    const std::size_t middle = parts_[begin].end;
    if (middle == piece_.size()) return;
    const std::size_t end = parts_[middle].end;
    if (end - begin > vocabulary_.longest()) return;
    if (const auto rank = vocabulary_.find(piece_.substr(begin, end - begin))) {
      queue_.push({*rank, begin, end});
    }
  }

  const Vocabulary& vocabulary_;
  std::string_view piece_;
  std::vector<Part> parts_;
  std::priority_queue<Pair> queue_;
};

}  // namespace

void Encoder::append(std::string_view text, std::vector<std::uint16_t>& tokens) {
  split(text, [&](std::string_view piece) {
    if (const auto known = memo_.find(piece); known != memo_.end()) {
      const auto begin = memo_tokens_.begin() + static_cast<std::ptrdiff_t>(known->second.begin);
      tokens.insert(tokens.end(), begin, begin + static_cast<std::ptrdiff_t>(known->second.size));
      return;
    }
    const std::size_t before = tokens.size();
    if (const auto whole = vocabulary_.find(piece)) {
      tokens.push_back(*whole);
    } else {
      PieceMerge merge(vocabulary_, piece);
      merge.run();
      merge.append_to(tokens);
    }
    remember(piece, tokens.data() + before, tokens.size() - before);
  });
}

void Encoder::remember(std::string_view piece, const std::uint16_t* tokens, std::size_t size) {
  if (piece.size() > kMemoPieceBytes) return;
  if (memo_.size() == kMemoPieces) {
    memo_.clear();
    memo_tokens_.clear();
  }
  memo_.emplace(piece, Slice{memo_tokens_.size(), size});
  memo_tokens_.insert(memo_tokens_.end(), tokens, tokens + size);
}

std::vector<std::uint16_t> encode(const Vocabulary& vocabulary, std::string_view text) {
  std::vector<std::uint16_t> tokens;
  Encoder(vocabulary).append(text, tokens);
  return tokens;
}

}  // namespace trainer
