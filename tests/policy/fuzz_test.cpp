// Whatever stands in a file, the readers answer with values or with mistakes. PAWL_FUZZ_INPUTS asks
// for more than CI's share.
#include <array>
#include <cstdlib>
#include <random>

#include "server/policy/explain.h"
#include "server/policy/project_file.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kProject = R"(name = "t"
command = ["a", "${x}", "{params}"]
[goal]
metric = "m"
direction = "min"
[params.x]
type = "float"
min = 0.1
max = 9.5
default = 0.5
[[volume]]
name = "c"
path = "/d"
)";

constexpr std::array kPieces = {
    "[",       "]",     "[[",       "]]",         "{",     "}",  "=",   ".",
    ",",       "\"",    R"(""")",   "'",          "'''",   "\n", "#",   "\\",
    "\\u0000", "\xff",  "é",        "\xc2\x9b",   "1e999", "-0", "nan", "0x",
    "_",       "a.b.c", "[pool.x]", "1979-05-27", "true",  "${", "$${", "{params}"};

std::string mutated(std::string text, std::mt19937_64& random) {
  for (std::uint64_t edits = random() % 20 + 1; edits > 0; --edits) {
    const std::size_t at = random() % (text.size() + 1);
    switch (random() % 4) {
      case 0:
        text.insert(at, kPieces[random() % kPieces.size()]);
        break;
      case 1:
        text.erase(at, random() % 30);
        break;
      case 2:
        text.insert(at, text.substr(random() % (text.size() + 1), random() % 60));
        break;
      default:
        text.insert(at, 1, static_cast<char>(random()));
        break;
    }
  }
  return text;
}

}  // namespace

TEST(Fuzz, ReadersNeitherCrashNorFallSilent) {
  const char* asked = std::getenv("PAWL_FUZZ_INPUTS");
  const long inputs = asked == nullptr ? 1'000 : std::atol(asked);
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::array seeds = {read_source("policies/default.toml").text,
                            read_source("policies/pools.toml").text, kProject};
  for (long i = 0; i < inputs; ++i) {
    const std::string text = mutated(seeds[random() % seeds.size()], random);
    const auto rules = parse_rules({{"a.toml", text}});
    EXPECT_FALSE(check_text(rules).empty());
    const auto project = parse_project_file({"pawl.toml", text});
    EXPECT_TRUE(project.has_value() || !format(project.error()).empty()) << text;
  }
}
