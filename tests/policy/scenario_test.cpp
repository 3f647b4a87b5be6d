// Scenarios: what `pawl simulate` lives through.
#include "server/policy/scenario.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace pawl {
namespace {

constexpr std::string_view kNight = R"(
title = "a night"
[pool.h100]
gpu = "H100"
count = 4
price = 2.39
[[part]]
pools = ["h100"]
candidates = 4
train_seconds = 300
)";

Scenario read(const std::string& more) {
  const auto scenario = parse_scenario({"night.toml", std::string(kNight) + more});
  EXPECT_TRUE(scenario) << format(scenario.error());
  return scenario.value_or(Scenario());
}

std::string mistake(const std::string& more) {
  const auto scenario = parse_scenario({"night.toml", std::string(kNight) + more});
  return scenario ? "" : scenario.error().front().message;
}

TEST(Scenario, SaysWhatTheMachinesAreAndWhatTheAgentDoes) {
  const Scenario night = read("");
  EXPECT_EQ(night.title, "a night");
  EXPECT_EQ(night.night, std::chrono::hours(8));
  EXPECT_EQ(night.setup.pools.at(0).count, 4);
  EXPECT_EQ(night.setup.pools.at(0).price.per_hour, Money::micros(2'390'000));
  EXPECT_EQ(night.setup.parts.at(0).train, std::chrono::seconds(300));
  EXPECT_EQ(night.setup.parts.at(0).waits, PartWaits::kAll);
}

TEST(Scenario, EachChangeStandsOnThoseBeforeIt) {
  const Scenario night = read(R"(
[[change]]
cause = "no rounds"
part = { waits = "any" }
[[change]]
cause = "cached"
pool = { startup_seconds = 2 }
)");
  ASSERT_EQ(night.changes.size(), 2U);
  EXPECT_EQ(night.changes[0].setup.parts[0].waits, PartWaits::kAny);
  EXPECT_EQ(night.changes[0].setup.pools[0].startup, Milliseconds(0));
  EXPECT_EQ(night.changes[1].setup.parts[0].waits, PartWaits::kAny);
  EXPECT_EQ(night.changes[1].setup.pools[0].startup, std::chrono::seconds(2));
  EXPECT_EQ(night.setup.parts[0].waits, PartWaits::kAll);
}

TEST(Scenario, AChangeMayMeanOneStageOnly) {
  const Scenario night = read(R"(
[[part]]
stage = "validate"
pools = ["h100"]
train_seconds = 600
[[change]]
cause = "shorter"
only = "validate"
part = { train_seconds = 60 }
)");
  EXPECT_EQ(night.changes.at(0).setup.parts.at(0).train, std::chrono::seconds(300));
  EXPECT_EQ(night.changes.at(0).setup.parts.at(1).train, std::chrono::seconds(60));
}

TEST(Scenario, TellsWhatIsWrongWithIt) {
  EXPECT_EQ(mistake("[quality]\nnoise = \"much\"\n"), "noise: expected a number, found text");
  EXPECT_EQ(mistake("[quality]\nnoise = -1\n"), "noise: -1 is not between 0 and 1000");
  EXPECT_EQ(mistake("[[change]]\ncause = \"x\"\npart = { wait = 1 }\n"),
            "unknown key \"wait\" in [[change]] part");
  EXPECT_EQ(mistake("[[figure]]\nname = \"bill\"\nmeasure = \"dollars\"\n"),
            "[[figure]] needs either equals or least");
  EXPECT_EQ(mistake("[[part]]\nstage = \"b\"\npools = [\"h200\"]\ntrain_seconds = 1\n"),
            "no pool is named \"h200\"");
}

// `PAWL_SCENARIO=write build/dev/bin/test_policy` writes it again after a key was added.
TEST(Scenario, TheReferenceIsTheParsersOwn) {
  const char* const path = SOURCE_ROOT "/docs/SCENARIO.md";
  if (getenv("PAWL_SCENARIO") != nullptr) std::ofstream(path) << scenario_reference();
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), scenario_reference());
}

}  // namespace
}  // namespace pawl
