// Seeded random numbers that are the same on every machine (splitmix64). Dice made from the same
// seed and words fall alike, whatever else was thrown before.
#pragma once
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace pawl::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  Dice(std::uint64_t seed, std::initializer_list<std::int64_t> words) : state_(seed) {
    for (const std::int64_t word : words) state_ = throw_one() ^ static_cast<std::uint64_t>(word);
  }

  std::uint64_t throw_one() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  double share() { return static_cast<double>(throw_one() >> 11U) * 0x1.0p-53; }  // [0, 1)
  bool chance(double probability) { return share() < probability; }
  std::int64_t between(std::int64_t least, std::int64_t most) {  // both can fall
    const auto sides = static_cast<std::uint64_t>(most - least + 1);
    return least + static_cast<std::int64_t>(throw_one() % sides);
  }
  double normal() {  // Box and Muller
    const double radius = std::sqrt(-2 * std::log(1 - share()));
    return radius * std::cos(2 * std::numbers::pi * share());
  }
  double exponential(double mean) { return -mean * std::log(1 - share()); }

 private:
  std::uint64_t state_;
};

}  // namespace pawl::simulation
