#include "trainer/data/bpe_trainer.h"

#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "trainer/core/text.h"
#include "trainer/data/splitter.h"

namespace trainer {
namespace {

constexpr int kBytes = 256;

using Pair = std::uint32_t;  // left id above right id, so that pairs order as the ties want it

constexpr Pair pair_of(std::uint16_t left, std::uint16_t right) { return Pair{left} << 16 | right; }

// The different pieces as sequences of ids, and every pair of neighbours with its count.
class MergeTable {
 public:
  explicit MergeTable(const PieceCounts& pieces);

  std::optional<Pair> most_frequent();  // nullopt: no pair occurs twice
  void merge(Pair pair, std::uint16_t id);

 private:
  struct Piece {
    std::size_t begin, size;  // in ids_
    std::int64_t count;
  };
  struct Places {
    std::int64_t count = 0;
    std::vector<std::uint32_t> pieces{};  // that contain the pair, or did
  };
  struct Candidate {
    std::int64_t count;  // as it was when queued; counts of queued pairs only fall
    Pair pair;
    bool operator<(const Candidate& other) const {
      return count != other.count ? count < other.count : pair > other.pair;
    }
  };

  std::uint16_t* ids(const Piece& piece) { return ids_.data() + piece.begin; }
  bool contains(const Piece& piece, Pair pair);
  void count_pairs(const Piece& piece, std::int64_t by);
  void note_pairs(std::uint32_t index, std::optional<std::uint16_t> only_with,
                  std::vector<Pair>& found);
  void replace(Piece& piece, Pair pair, std::uint16_t id);

  std::vector<std::uint16_t> ids_;
  std::vector<Piece> pieces_;
  std::unordered_map<Pair, Places> pairs_;
  std::priority_queue<Candidate> queue_;
};

MergeTable::MergeTable(const PieceCounts& pieces) {
  for (const auto& [text, count] : pieces.counts()) {
    pieces_.push_back({ids_.size(), text.size(), count});
    for (const char c : text) ids_.push_back(static_cast<unsigned char>(c));
  }
  std::vector<Pair> found;
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
    count_pairs(pieces_[i], pieces_[i].count);
    note_pairs(i, std::nullopt, found);
  }
  for (const auto& [pair, places] : pairs_) queue_.push({places.count, pair});
}

bool MergeTable::contains(const Piece& piece, Pair pair) {
  const std::uint16_t* const at = ids(piece);
  for (std::size_t i = 1; i < piece.size; ++i) {
    if (pair_of(at[i - 1], at[i]) == pair) return true;
  }
  return false;
}

void MergeTable::count_pairs(const Piece& piece, std::int64_t by) {
  const std::uint16_t* const at = ids(piece);
  for (std::size_t i = 1; i < piece.size; ++i) pairs_[pair_of(at[i - 1], at[i])].count += by;
}

// Adds the piece to the places of its pairs (of those with one id only, if given); pairs without a
// place so far are appended to `found`.
void MergeTable::note_pairs(std::uint32_t index, std::optional<std::uint16_t> only_with,
                            std::vector<Pair>& found) {
  const Piece& piece = pieces_[index];
  const std::uint16_t* const at = ids(piece);
  for (std::size_t i = 1; i < piece.size; ++i) {
    if (only_with && at[i - 1] != *only_with && at[i] != *only_with) continue;
    const Pair pair = pair_of(at[i - 1], at[i]);
    std::vector<std::uint32_t>& places = pairs_[pair].pieces;
    if (places.empty()) found.push_back(pair);
    if (places.empty() || places.back() != index) places.push_back(index);
  }
}

std::optional<Pair> MergeTable::most_frequent() {
  while (!queue_.empty()) {
    const Candidate top = queue_.top();
    queue_.pop();
    const auto known = pairs_.find(top.pair);
    const std::int64_t count = known == pairs_.end() ? 0 : known->second.count;
    if (count == top.count && count >= 2) return top.pair;
    if (count >= 2) queue_.push({count, top.pair});
  }
  return std::nullopt;
}

void MergeTable::replace(Piece& piece, Pair pair, std::uint16_t id) {
  std::uint16_t* const at = ids(piece);
  std::size_t size = 0;
  for (std::size_t i = 0; i < piece.size; ++i) {
    const bool is_pair = i + 1 < piece.size && pair_of(at[i], at[i + 1]) == pair;
    at[size++] = is_pair ? id : at[i];
    if (is_pair) ++i;
  }
  piece.size = size;
}

void MergeTable::merge(Pair pair, std::uint16_t id) {
  const std::vector<std::uint32_t> places = std::move(pairs_[pair].pieces);
  std::vector<Pair> found;
  for (const std::uint32_t index : places) {
    Piece& piece = pieces_[index];
    if (!contains(piece, pair)) continue;
    count_pairs(piece, -piece.count);
    replace(piece, pair, id);
    count_pairs(piece, piece.count);
    note_pairs(index, id, found);
  }
  pairs_.erase(pair);
  for (const Pair fresh : found) queue_.push({pairs_[fresh].count, fresh});
}

std::vector<std::string> single_bytes() {
  std::vector<std::string> ranks;
  for (int byte = 0; byte < kBytes; ++byte) ranks.emplace_back(1, static_cast<char>(byte));
  return ranks;
}

}  // namespace

void PieceCounts::add(std::string_view text) {
  split(text, [&](std::string_view piece) {
    const auto known = counts_.find(piece);
    if (known != counts_.end()) {
      ++known->second;
    } else {
      counts_.emplace(piece, 1);
    }
  });
}

Result<Vocabulary> train_bpe(const PieceCounts& pieces, int vocabulary_size) {
  constexpr int kSizeMin = kBytes + kSpecialTokens;
  constexpr int kSizeMax = kRanksMax + kSpecialTokens;
  if (vocabulary_size < kSizeMin || vocabulary_size > kSizeMax) {
    return fail(
        format("a vocabulary of %s tokens is outside %s .. %s", grouped(vocabulary_size).c_str(),
               grouped(kSizeMin).c_str(), grouped(kSizeMax).c_str()),
        "It holds 256 single bytes and 4 special tokens, and tokens are stored in 16 bits.");
  }
  if (pieces.counts().empty()) return fail("there is no text to train a vocabulary on");
  std::vector<std::string> ranks = single_bytes();
  MergeTable table(pieces);
  const auto wanted = static_cast<std::size_t>(vocabulary_size - kSpecialTokens);
  while (ranks.size() < wanted) {
    const std::optional<Pair> pair = table.most_frequent();
    if (!pair) {
      const auto merges = static_cast<int>(ranks.size()) - kBytes;
      return fail(format("a vocabulary of %s tokens needs %s merges, and this text supports %s",
                         grouped(vocabulary_size).c_str(),
                         grouped(vocabulary_size - kSizeMin).c_str(), grouped(merges).c_str()),
                  format("Give more text, or ask for a vocabulary of at most %s tokens.",
                         grouped(kSizeMin + merges).c_str()));
    }
    table.merge(*pair, static_cast<std::uint16_t>(ranks.size()));
    ranks.push_back(ranks[*pair >> 16] + ranks[*pair & 0xFFFF]);
  }
  return Vocabulary(ranks);
}

}  // namespace trainer
