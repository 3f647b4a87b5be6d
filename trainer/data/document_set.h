// The documents of several shards under one numbering: those of the first shard, then of the next.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/data/shard.h"

namespace trainer {

class DocumentSet {
 public:
  explicit DocumentSet(std::span<const Shard> shards);  // outlive us

  std::int64_t documents() const { return ends_.empty() ? 0 : ends_.back(); }
  std::int64_t tokens() const { return tokens_; }
  std::uint64_t digest() const { return digest_; }
  std::uint16_t bos() const;  // of the vocabulary of the first shard

  std::span<const std::uint16_t> document(std::int64_t index) const;

 private:
  std::span<const Shard> shards_;
  std::vector<std::int64_t> ends_;  // the number after each shard's last document
  std::int64_t tokens_ = 0;
  std::uint64_t digest_ = 0;
};

}  // namespace trainer
