// Nights as `pawl simulate` lives them.
#include "server/simulation/night.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "server/simulation/night_json.h"
#include "server/simulation/night_text.h"

namespace pawl::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Two H100 at 3.60 an hour: a tenth of a cent a second.
NightSetup two_machines() {
  NightSetup setup{.night = hours(2), .budget = Money::usd(100)};
  setup.setup.pools = {
      {.name = "h100", .gpu = "H100", .count = 2, .price = {Money::micros(3'600'000)}}};
  setup.setup.parts = {{.stage = "screen",
                        .pools = {"h100"},
                        .think = seconds(60),
                        .candidates = 2,
                        .experiments = 4,
                        .train = seconds(300)}};
  setup.quality = {.start = 1.0, .best = 0.9, .noise = 0.001};
  return setup;
}

Night live(const NightSetup& setup) {
  auto night = simulate(setup);
  EXPECT_TRUE(night) << night.error().message;
  return std::move(night).value_or(Night());
}

TEST(SimulatedNight, RoundsWaitForTheirSlowestAndForTheAgentsThoughts) {
  const Night night = live(two_machines());
  EXPECT_EQ(night.submitted, 4);
  EXPECT_EQ(night.valid, 4);
  EXPECT_EQ(night.lasted, seconds(2 * (60 + 300)));
  EXPECT_EQ(night.bill(), Money::micros(1'200'000));
  EXPECT_DOUBLE_EQ(night.useful(), 1.0);
  EXPECT_EQ(night.wait_p90, Milliseconds(0));
}

TEST(SimulatedNight, StartupIsPaidAndDoesNotTrain) {
  NightSetup setup = two_machines();
  setup.setup.pools[0].startup = seconds(100);
  const Night night = live(setup);
  EXPECT_DOUBLE_EQ(night.useful(), 0.75);
  EXPECT_EQ(night.for_overhead, Money::micros(400'000));
}

TEST(SimulatedNight, WhatIsQueuedAheadFillsASlotAtOnce) {
  NightSetup setup = two_machines();
  setup.setup.parts[0].waits = PartWaits::kAny;
  setup.setup.parts[0].candidates = 4;
  const Night night = live(setup);
  EXPECT_EQ(night.lasted, seconds(60 + 300 + 300));
  EXPECT_EQ(night.wait_p90, seconds(300));
}

TEST(SimulatedNight, AHeldMachineIsPaidWhileItIsIdle) {
  NightSetup setup = two_machines();
  setup.setup.pools[0].held = true;
  const Night night = live(setup);
  EXPECT_EQ(night.bill(), Money::micros(14'400'000));
  EXPECT_EQ(night.idle, hours(4) - seconds(1200));
}

TEST(SimulatedNight, TheShareThatFailsIsTheOneThatWasStated) {
  NightSetup setup = two_machines();
  setup.setup.parts[0].experiments = 10;
  setup.setup.parts[0].invalid = 0.3;
  setup.setup.parts[0].invalid_after = seconds(30);
  const Night night = live(setup);
  EXPECT_EQ(night.valid, 7);
  EXPECT_EQ(night.failed, 3);
  EXPECT_EQ(night.wasted, seconds(90));
}

TEST(SimulatedNight, ThePolicyRefusesWhatDoesNotFitAndTheNightSaysByWhichLine) {
  NightSetup setup = two_machines();
  setup.budget = Money::micros(1'000'000);
  const Night night = live(setup);
  EXPECT_EQ(night.submitted, 3);
  ASSERT_EQ(night.refusals.size(), 1U);
  EXPECT_TRUE(night.refusals.begin()->first.contains("policy.toml:3:")) << text_of(night);
}

TEST(SimulatedNight, AnInterruptedAttemptIsPaidAndTriedAgain) {
  NightSetup setup = two_machines();
  setup.setup.parts[0].experiments = 40;
  setup.setup.pools[0].interruptions_per_hour = 2;
  setup.night = hours(8);
  const Night night = live(setup);
  EXPECT_GT(night.attempts, night.submitted);
  EXPECT_GT(night.valid, 30);
  EXPECT_GT(night.for_failed, Money());
}

TEST(SimulatedNight, TheAgentThinksOnceBetweenTwoParts) {
  NightSetup setup = two_machines();
  setup.setup.parts.push_back(setup.setup.parts[0]);
  setup.setup.parts[1].stage = "validate";
  setup.setup.parts[1].think = seconds(600);
  const Night night = live(setup);
  EXPECT_EQ(night.valid, 8);
  EXPECT_EQ(night.lasted, seconds(2 * (60 + 300) + 2 * (600 + 300)));
}

TEST(SimulatedNight, TheSameSeedIsTheSameNight) {
  NightSetup setup = two_machines();
  const auto once = live(setup).best;
  EXPECT_EQ(live(setup).best, once);
  setup.seed = 2;
  EXPECT_NE(live(setup).best, once);
}

TEST(SimulatedNight, IsTextAndJson) {
  const std::vector<Rung> rungs = {{"the night", live(two_machines())}};
  EXPECT_TRUE(text_of(rungs[0].night).starts_with("4 experiments: 4 valid, 0 failed"));
  EXPECT_TRUE(json_of(rungs, {}).contains("\"usd_micro\": 1200000"));
}

const std::string kFolder = SOURCE_ROOT "/examples/published-nights/";

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<Rung> climb(const Scenario& scenario) {
  std::vector<Rung> rungs;
  const auto add = [&](const std::string& cause, const ScenarioSetup& setup) {
    rungs.push_back({cause, live({.setup = setup,
                                  .night = scenario.night,
                                  .budget = scenario.budget,
                                  .quality = scenario.quality})});
  };
  add("as published", scenario.setup);
  for (const ScenarioChange& change : scenario.changes) add(change.cause, change.setup);
  return rungs;
}

// What stands between the night's marks in the README; `PAWL_NIGHTS=write` puts it there.
std::string said_of(const std::string& night, const std::string& found) {
  const std::string path = kFolder + "README.md";
  std::string text = read(path);
  const std::string mark = "<!-- " + night + " -->\n";
  const auto begin = text.find(mark) + mark.size();
  const auto end = text.find("<!-- /" + night, begin);
  if (getenv("PAWL_NIGHTS") == nullptr) return text.substr(begin, end - begin);
  std::ofstream(path) << text.replace(begin, end - begin, found);
  return found;
}

class Published : public testing::TestWithParam<const char*> {};

TEST_P(Published, ComesOutAsItsFiguresAndAsItsReadmeSays) {
  const std::string night = GetParam();
  const auto scenario = parse_scenario({night, read(kFolder + night + ".toml")});
  ASSERT_TRUE(scenario) << format(scenario.error());
  const auto rungs = climb(*scenario);
  const auto compared = compare(scenario->figures, rungs);
  const std::string tables = table_of(rungs) + "\n" + table_of(compared);
  for (const Compared& row : compared) EXPECT_TRUE(row.holds) << row.figure.name << "\n" << tables;
  EXPECT_EQ(said_of(night, tables), tables);
}

INSTANTIATE_TEST_SUITE_P(Nights, Published, testing::Values("vessl", "roboco", "modal"));

}  // namespace
}  // namespace pawl::simulation
