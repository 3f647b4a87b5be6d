#include "trainer/data/document_order.h"

#include <cassert>
#include <numeric>
#include <utility>

#include "trainer/core/philox.h"

namespace trainer {
namespace {

constexpr std::uint64_t kStream = 0x646f'6373'0000'0000;  // "docs"; the epoch is its low half

}  // namespace

DocumentOrder::DocumentOrder(std::uint64_t seed, std::int64_t documents)
    : seed_(seed), order_(static_cast<std::size_t>(documents)) {
  assert(documents > 0 && documents < std::int64_t{1} << 32);
  shuffle();
}

std::int64_t DocumentOrder::next() {
  if (position_ == static_cast<std::int64_t>(order_.size())) seek(epoch_ + 1, 0);
  return order_[static_cast<std::size_t>(position_++)];
}

void DocumentOrder::seek(std::int64_t epoch, std::int64_t position) {
  assert(position >= 0 && position <= static_cast<std::int64_t>(order_.size()));
  if (std::exchange(epoch_, epoch) != epoch) shuffle();
  position_ = position;
}

void DocumentOrder::shuffle() {
  std::iota(order_.begin(), order_.end(), 0u);
  Philox random(seed_, kStream + static_cast<std::uint64_t>(epoch_));
  for (std::size_t left = order_.size(); left > 1; --left) {
    std::swap(order_[left - 1], order_[random.below(static_cast<std::uint32_t>(left))]);
  }
}

}  // namespace trainer
