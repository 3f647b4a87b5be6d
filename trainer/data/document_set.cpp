#include "trainer/data/document_set.h"

#include <algorithm>
#include <cassert>

#include "trainer/core/digest.h"

namespace trainer {

DocumentSet::DocumentSet(std::span<const Shard> shards) : shards_(shards) {
  for (const Shard& shard : shards) {
    ends_.push_back(documents() + shard.documents());
    tokens_ += shard.tokens();
    const std::uint64_t next = shard.digest();
    digest_ = trainer::digest(std::as_bytes(std::span(&next, 1)), digest_);
  }
}

std::uint16_t DocumentSet::bos() const {
  assert(!shards_.empty());
  return static_cast<std::uint16_t>(shards_.front().vocabulary_size() - kSpecialTokens);
}

std::span<const std::uint16_t> DocumentSet::document(std::int64_t index) const {
  assert(index >= 0 && index < documents());
  const auto shard =
      static_cast<std::size_t>(std::ranges::upper_bound(ends_, index) - ends_.begin());
  return shards_[shard].document(shard == 0 ? index : index - ends_[shard - 1]);
}

}  // namespace trainer
