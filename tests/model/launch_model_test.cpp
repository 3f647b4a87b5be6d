// The launch protocol in every order of crashes, delays and exits. The one that is built has no
// violation; each shortcut has one, and which one is known. So the model would notice a protocol
// that loses a guard.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/model/explore.h"

namespace pawl::model {
namespace {

Exploration show(const Protocol& protocol) {
  const Exploration found = explore(protocol);
  std::printf("%s: %lld worlds, %s\n", protocol.name, static_cast<long long>(found.worlds),
              found.violation ? std::string(name_of(*found.violation)).c_str() : "no violation");
  for (const std::string& step : found.path) std::printf("    %s\n", step.c_str());
  return found;
}

TEST(LaunchModel, HorizonFromTheServersStartWithAWatchdogAndProofOfDeathHasNoViolation) {  // L6, L7
  const Exploration found = show({.name = "D as built"});
  EXPECT_EQ(found.violation, std::nullopt);
  EXPECT_GT(found.worlds, 1'000'000);
  EXPECT_GT(found.coverage.done, 0);
  EXPECT_GT(found.coverage.second_attempt_done, 0);
  EXPECT_GT(found.coverage.adopted, 0);
  EXPECT_GT(found.coverage.declared_dead, 0);
  EXPECT_GT(found.coverage.two_crashes, 0);
  std::printf(
      "    done %lld, of them in a second attempt %lld, adopted %lld, declared never launched "
      "%lld, two crashes %lld\n",
      static_cast<long long>(found.coverage.done),
      static_cast<long long>(found.coverage.second_attempt_done),
      static_cast<long long>(found.coverage.adopted),
      static_cast<long long>(found.coverage.declared_dead),
      static_cast<long long>(found.coverage.two_crashes));
}

TEST(LaunchModel, RecordingOnlyAfterTheLaunchLaunchesTwice) {  // L7
  EXPECT_EQ(show({.name = "A record after launch", .intent_first = false}).violation,
            Violation::kDoubleLaunch);
}

TEST(LaunchModel, ReleasingAtOnceWhatIsNotListedLeavesAZombie) {  // L7
  const auto found = show({.name = "B not listed counts at once", .waits_horizon = false});
  EXPECT_EQ(found.violation, Violation::kZombie);
}

TEST(LaunchModel, AHorizonCountedFromTheIntentLeavesAZombieAfterASlowCall) {  // L7
  const auto found = show({.name = "C horizon from the intent", .horizon_from_start = false});
  EXPECT_EQ(found.violation, Violation::kZombie);
}

TEST(LaunchModel, WithoutAWatchdogADeadServerLetsTheBillRunOver) {  // L4
  EXPECT_EQ(show({.name = "E no watchdog", .watchdog = false}).violation,
            Violation::kOverReservation);
}

TEST(LaunchModel, ARetryWithoutProofOfDeathLetsTheBillRunOver) {  // L6
  EXPECT_EQ(show({.name = "F retry on a lost heartbeat", .settles_only_dead = false}).violation,
            Violation::kOverReservation);
}

}  // namespace
}  // namespace pawl::model
