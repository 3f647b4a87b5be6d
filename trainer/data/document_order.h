// The order in which training meets its documents: every epoch all of them once, shuffled anew.
// A function of the seed and the epoch, so (epoch, position) is all that there is to remember.
#pragma once
#include <cstdint>
#include <vector>

namespace trainer {

class DocumentOrder {
 public:
  DocumentOrder(std::uint64_t seed, std::int64_t documents);  // 1 .. 2^32 - 1 documents

  std::int64_t next();  // endless

  std::int64_t epoch() const { return epoch_; }        // from 0
  std::int64_t position() const { return position_; }  // documents that this epoch gave
  void seek(std::int64_t epoch, std::int64_t position);

 private:
  void shuffle();

  std::uint64_t seed_;
  std::vector<std::uint32_t> order_;
  std::int64_t epoch_ = 0;
  std::int64_t position_ = 0;
};

}  // namespace trainer
