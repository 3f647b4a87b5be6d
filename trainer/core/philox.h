// Philox 4x32-10: random numbers as a function of (key, counter), so that a stream's whole state is
// how many numbers it gave. Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3",
// 2011.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace trainer {

class Philox {
 public:
  // `stream` separates the users of one seed: each tensor, the order of documents.
  Philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t given = 0)
      : seed_(seed), stream_(stream), given_(given) {}

  std::uint64_t given() const { return given_; }  // numbers so far; continues a stream elsewhere

  std::uint32_t next() {
    const auto lane = static_cast<std::size_t>(given_ & 3);
    if (lane == 0 || !filled_) {
      block_ = block(given_ >> 2);
      filled_ = true;
    }
    ++given_;
    return block_[lane];
  }

  // In [0, bound), without bias worth the name for bounds far below 2^32 (Lemire's multiplication).
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((std::uint64_t{next()} * bound) >> 32);
  }

  double uniform() { return (static_cast<double>(next()) + 0.5) * 0x1p-32; }  // in (0, 1)

  // Two independent normal numbers, by Box and Muller; takes two numbers.
  std::array<double, 2> normals() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }

 private:
  std::array<std::uint32_t, 4> block(std::uint64_t index) const {
    std::array<std::uint32_t, 4> x = {low(index), high(index), low(stream_), high(stream_)};
    std::uint32_t key0 = low(seed_);
    std::uint32_t key1 = high(seed_);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57} * x[2];
      x = {high(b) ^ x[1] ^ key0, low(b), high(a) ^ x[3] ^ key1, low(a)};
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    return x;
  }
  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

  std::uint64_t seed_, stream_, given_;
  std::array<std::uint32_t, 4> block_{};
  bool filled_ = false;
};

}  // namespace trainer
