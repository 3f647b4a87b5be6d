// Rows for training, packed by best fit. From a pool of waiting documents, each with BOS before it,
// the longest that fits into what is left of the row goes in; when none fits, the shortest is
// cropped and fills the row. The rest of a cropped document waits as a document of its own, or is
// dropped, as autoresearch does. Rows never end: epoch follows epoch, each in a new order.
//
// Rows depend on the shards and the options only, not on how many are taken at once.
// Source: Ding et al., "Fewer Truncations Improve Language Modeling", 2024; autoresearch's loader.
#pragma once
#include <compare>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "trainer/core/result.h"
#include "trainer/data/document_order.h"
#include "trainer/data/document_set.h"

namespace trainer {

struct PackerOptions {
  std::int64_t row_tokens;  // T + 1: a row gives T inputs and T targets
  std::uint64_t seed = 0;
  std::int64_t pool_documents = 1000;  // that wait at any time, if there are as many
  bool drop_tails = false;
};

class Packer {
 public:
  Packer(std::span<const Shard> shards, const PackerOptions& options);  // outlive us; not empty

  void next_row(std::span<std::int32_t> row);  // of row_tokens

  // How often the rows so far have used up as many tokens as there are in the shards.
  std::int64_t epoch() const { return tokens_used_ / documents_.tokens(); }

  // Everything that the next rows depend on, as text. Restored into a packer of the same shards and
  // options, it goes on as if never interrupted; of others, or damaged, it is an error and changes
  // nothing.
  std::string state() const;
  Result<void> restore(std::string_view state);

 private:
  // A document from its token `begin` on. The pool orders by length, then by age.
  struct Waiting {
    std::int64_t length;  // with BOS
    std::int64_t number;  // how many entered the pool before
    std::int64_t document;
    std::int64_t begin;
    std::strong_ordering operator<=>(const Waiting&) const = default;
  };
  using Pool = std::set<Waiting>;
  struct Progress;

  void fill_pool();
  Waiting waiting(std::int64_t document, std::int64_t begin, std::int64_t number) const;
  Pool::iterator choose(std::int64_t room) const;
  void place(const Waiting& waiting, std::span<std::int32_t> room);
  std::uint64_t identity() const;
  Result<Progress> parse(std::string_view state) const;

  DocumentSet documents_;
  PackerOptions options_;
  DocumentOrder order_;
  Pool pool_;
  std::int64_t entered_ = 0;      // into the pool
  std::int64_t tokens_used_ = 0;  // placed in rows or dropped, without BOS
};

}  // namespace trainer
