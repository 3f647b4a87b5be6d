#include "server/jobs/advice.h"

#include <gtest/gtest.h>

using namespace pawl;
using std::chrono::minutes;

namespace {

WorkShape shape() {
  return {.limit = minutes(10), .stage_max = minutes(30), .runs = {}, .noise_measured = true};
}

std::string first(const WorkShape& work) {
  const auto advice = advice_on(work);
  return advice.empty() ? "" : advice.front();
}

}  // namespace

TEST(Advice, NothingIsSaidOfWorkThatFits) {
  WorkShape work = shape();
  work.runs.assign(5, PastRun{.time = minutes(5)});
  work.startup = minutes(1);
  work.billed = minutes(5);
  EXPECT_EQ(advice_on(work), std::vector<std::string>{});
}

TEST(Advice, ALimitBelowTheNinthOfTenRunsWantsMoreMinutesOrAnotherStage) {
  WorkShape work = shape();
  work.runs.assign(5, PastRun{.time = minutes(12)});
  EXPECT_EQ(first(work),
            "Nine of ten earlier runs took up to 12m00s, and the limit is 10m00s: raise "
            "minutes_max.");
  work.stage_max = minutes(10);
  EXPECT_TRUE(first(work).ends_with("choose a stage that allows more."));
}

TEST(Advice, AStartupOverTwoFifthsWantsAnEnvironment) {
  WorkShape work = shape();
  work.startup = minutes(3);
  work.billed = minutes(7);
  EXPECT_TRUE(first(work).starts_with("3m00s of the 7m00s of the last run passed before"));
  work.billed = minutes(8);
  EXPECT_EQ(first(work), "");
}

TEST(Advice, LongWorkWantsCheckpointsAndAnUnmeasuredFloorRepeats) {
  WorkShape work = shape();
  work.limit = std::chrono::hours(12);
  work.noise_measured = false;
  ASSERT_EQ(advice_on(work).size(), 2U);
  EXPECT_NE(first(work).find("PAWL_CHECKPOINT_DIR"), std::string::npos);
}
