#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/simulation/seeds.h"

namespace pawl::simulation {

Seeds& seeds() {
  static Seeds chosen;
  return chosen;
}

}  // namespace pawl::simulation

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  spdlog::set_level(spdlog::level::off);  // lost runners are what the tests are about
  auto& seeds = pawl::simulation::seeds();
  if (const char* const count = getenv("PAWL_SEEDS")) seeds.count = std::stoull(count);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--seeds") seeds.count = std::stoull(argv[i + 1]);
    if (option == "--first") seeds.first = std::stoull(argv[i + 1]);
  }
  return RUN_ALL_TESTS();
}
