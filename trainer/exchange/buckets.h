// Gradients become final one after the other. A bucket gathers as many of them as are worth sending
// at once. Pure: which gradients share a bucket depends on their sizes and their order alone, so
// every rank makes the same ones.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace trainer {

using Bucket = std::vector<std::span<float>>;

class Buckets {
 public:
  // A bucket is full with so many numbers or more; with 0 never, so that all of them go at the end.
  explicit Buckets(std::int64_t numbers) : numbers_(numbers) {}

  // The bucket that this fills, or an empty one.
  Bucket add(std::span<float> numbers) {
    held_ += static_cast<std::int64_t>(numbers.size());
    if (!bucket_.empty() && numbers.data() + numbers.size() == bucket_.back().data()) {
      numbers = {numbers.data(), numbers.size() + bucket_.back().size()};  // neighbours are one
      bucket_.pop_back();
    }
    bucket_.push_back(numbers);
    return numbers_ > 0 && held_ >= numbers_ ? rest() : Bucket{};
  }

  Bucket rest() {
    held_ = 0;
    return std::exchange(bucket_, {});
  }

 private:
  std::int64_t numbers_, held_ = 0;
  Bucket bucket_;
};

}  // namespace trainer
