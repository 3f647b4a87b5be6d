// How many seeds a run tries, and from which on: --seeds and --first, or PAWL_SEEDS.
#pragma once
#include <cstdint>

namespace pawl::simulation {

struct Seeds {
  std::uint64_t first = 1, count = 2'000;
};
Seeds& seeds();

}  // namespace pawl::simulation
