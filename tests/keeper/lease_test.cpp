// A sandbox's time: granted by a file that only the server can write, in slices, with nobody else
// there to end it. The keeper alone is at work here: the server that granted the time is gone.
#include <fstream>

#include "tests/keeper/keeper_fixture.h"

namespace pawl::keeper {
namespace {

using testing::Values;

class Lease : public KeeperInBothModes {
 protected:
  static Job sandbox(int slice_ms, int longest_ms) {
    return {.command = {},
            .limit_ms = slice_ms,
            .grace_ms = 200,
            .more = {"serves 1", "limit_max_ms " + std::to_string(longest_ms)}};
  }
  void grant(const std::string& text) { std::ofstream(folder_ / "keeper" / "lease") << text; }
};

INSTANTIATE_TEST_SUITE_P(Keeper, Lease, Values(Walls::kBare, Walls::kBoxed), [](const auto& test) {
  return test.param == Walls::kBare ? "Bare" : "Boxed";
});

TEST_P(Lease, WithoutAServerASandboxDiesAtTheEndOfItsSlice) {
  run_to_end(sandbox(300, 60'000), GetParam());
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_GE(number("billed_ms"), 300);
  EXPECT_LT(number("billed_ms"), 5'000);
}

TEST_P(Lease, WhatTheServerGrantedIsLived) {
  start(sandbox(300, 60'000), GetParam());
  grant("900\n");
  wait_for_record();
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_GE(number("billed_ms"), 900);
}

TEST_P(Lease, NothingIsGrantedOverTheMaximum) {
  start(sandbox(300, 700), GetParam());
  grant("60000\n");
  wait_for_record();
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_GE(number("billed_ms"), 700);
  EXPECT_LT(number("billed_ms"), 5'000);
}

TEST_P(Lease, ALeaseThatIsNoneGrantsNothing) {
  start(sandbox(300, 60'000), GetParam());
  grant("for ever\n");
  wait_for_record();
  EXPECT_EQ(field("outcome"), "deadline");
  EXPECT_LT(number("billed_ms"), 5'000);
}

TEST_P(Lease, AFileOfThatNameInsideGrantsNothing) {
  for (const char* const place : {"work", "run"}) {
    std::filesystem::create_directories(folder_ / place);
    std::ofstream(folder_ / place / "lease") << "60000\n";
  }
  run_to_end(sandbox(300, 60'000), GetParam());
  EXPECT_LT(number("billed_ms"), 5'000);
}

TEST_P(Lease, AnExperimentsLimitNeverGrows) {
  Job job{.command = shell("sleep 60"), .limit_ms = 300, .grace_ms = 200};
  start(job, GetParam());
  grant("60000\n");
  wait_for_record();
  EXPECT_EQ(field("outcome"), "deadline");
}

}  // namespace
}  // namespace pawl::keeper
