#include "server/jobs/replay.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

const Timestamp kMorning{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                         std::chrono::hours(8)};

Policy policy(const std::string& rest) {
  const auto rules = parse_rules({{"new.toml",
                                   "[budget]\nday = 5.00\n[stage.screen]\npools = [\"cpu\"]\n"
                                   "max_minutes = 30\n[pool.cpu]\nkind = \"cpu\"\nprice = 1.00\n"
                                   "class = \"A\"\n" +
                                       rest}});
  EXPECT_TRUE(rules) << (rules ? "" : format(rules.error()));
  return rules ? rules->policy : Policy{};
}

// Each may cost $2, costs $1 in the end, and takes an hour.
std::vector<PastJob> jobs(int count) {
  std::vector<PastJob> made;
  for (int i = 1; i <= count; ++i) {
    PastJob job{.id = i, .number = i, .project = "tiny", .principal = "ada", .stage = "screen"};
    job.title = "try";
    job.limit = job.worst_time = std::chrono::minutes(30);
    job.worst = {Money::usd(2), Milliseconds(0)};
    job.cost = Money::usd(1);
    job.created = kMorning + std::chrono::minutes(i);
    job.finished = job.created + std::chrono::hours(1);
    made.push_back(job);
  }
  return made;
}

std::vector<Replayed> verdicts(const Policy& policy, const std::vector<PastJob>& jobs,
                               Timestamp from = kMorning) {
  std::vector<Replayed> out;
  const auto replayed = replay(policy, jobs, from).value();
  for (const ReplayedJob& job : replayed) out.push_back(job.verdict);
  return out;
}

constexpr Replayed kYes = Replayed::kAdmitted, kNo = Replayed::kRefused;

}  // namespace

TEST(Replay, ReservesTheWorstCaseUntilAJobEndsAndThenWhatItCost) {
  auto past = jobs(4);
  past[3].created = kMorning + std::chrono::hours(2);  // the others have ended
  EXPECT_EQ(verdicts(policy(""), past), (std::vector{kYes, kYes, kNo, kYes}));
}

TEST(Replay, TheNextDayIsFresh) {
  auto past = jobs(3);
  past[2].created = kMorning + std::chrono::hours(24);
  EXPECT_EQ(verdicts(policy(""), past), (std::vector{kYes, kYes, kYes}));
}

TEST(Replay, NamesTheKeyThatRefuses) {
  auto past = jobs(2);
  past[0].stage = "validate";
  past[1].limit = std::chrono::hours(1);
  const auto replayed = replay(policy(""), past, kMorning).value();
  EXPECT_EQ(replayed[0].why, "no stage is named \"validate\"");
  EXPECT_EQ(replayed[1].why, "max_minutes 30m00s (new.toml:5:15)");
}

TEST(Replay, WhatAHumanWouldBeAskedIsHeld) {
  EXPECT_EQ(verdicts(policy("[[approve]]\nwhen = { usd_over = 1.50 }\n"), jobs(1)),
            std::vector{Replayed::kHeld});
}

TEST(Replay, EarlierJobsOnlyFillTheWindows) {
  EXPECT_EQ(verdicts(policy(""), jobs(3), kMorning + std::chrono::minutes(3)), std::vector{kNo});
}

TEST(Replay, TellsWhatWouldHaveBeenSpentBesideWhatWas) {
  const std::string text = describe(replay(policy(""), jobs(3), kMorning).value(), kMorning);
  EXPECT_NE(text.find("3 jobs since 2026-11-22T08:00:00Z: $3.00 was spent."), std::string::npos);
  EXPECT_NE(text.find("$2.00 of it surely"), std::string::npos) << text;
  EXPECT_NE(text.find("1 refused: budget of all (new.toml:2:7)\n  tiny 003 try"), std::string::npos)
      << text;
}
