// Two stages, whose pools have two classes: what ran in one does not compare with what ran in the
// other.
#include <fstream>

#include "tests/jobs/night.h"

using namespace pawl;

namespace {

constexpr const char* kPools = R"(
[pool.cpu]
runner = "local"
kind = "cpu"
count = 2
price = 1.20
billing = "owned"
class = "A"
startup_seconds = 0
[pool.big]
runner = "local"
kind = "cpu"
count = 2
price = 1.20
billing = "owned"
class = "B"
startup_seconds = 0
)";

constexpr const char* kPolicy = R"(
policy = 1
timezone = "Europe/Rome"
[budget]
total = 10.00
day = 5.00
experiment = 3.00
[jobs]
max_concurrent = 2
max_queued = 20
max_minutes = 30
max_retries = 0
[stage.screen]
pools = ["cpu"]
[stage.validate]
pools = ["big"]
requires = { promoted_from = "screen", min_improvement = 0.05 }
[stage.either]
pools = ["big", "cpu"]
)";

class Settings : public Night {
 protected:
  Settings() {
    std::ofstream(top_ / "config/policies/pools.toml") << kPools;
    set_policy(kPolicy);
    restart();
    EXPECT_TRUE(try_submit({.variant = {.title = "baseline"}, .from = "base", .repeat = 3}));
    finish(1, 1.50);
    finish(2, 1.52);
    finish(3, 1.51);
  }
  std::int64_t screened(const std::string& title, double value) {
    const std::int64_t job = submit(title);
    finish(job, value);
    return job;
  }
  Result<SubmitReply> promote(const std::string& from, const std::string& stage = "validate") {
    return try_submit({.variant = {.title = "promote"}, .from = from, .stage = stage});
  }
  Result<DecisionReply> keep(std::int64_t job) {
    return service().decide(agent(), std::to_string(job), Decision::kKeep, "why not");
  }
};

TEST_F(Settings, AStageThatHasToBeEarnedRefusesWithTheNumbers) {
  screened("a little better", 1.48);
  const Error refused = refusal(promote("004"));
  EXPECT_EQ(refused.kind, ErrorKind::kDenied);
  EXPECT_NE(refused.message.find("requires an improvement of 0.05 in stage screen"),
            std::string::npos)
      << refused.message;
  EXPECT_NE(refused.message.find("improves by 0.03 (1.48 of 1 seeds against 1.51 of 3)"),
            std::string::npos)
      << refused.message;
}

TEST_F(Settings, WhereThePolicyOnlyWarnsItIsPromotedAndTold) {
  screened("a little better", 1.48);
  set_policy("mode = \"warn\"\n" + std::string(kPolicy));
  restart();
  const auto promoted = promote("004");
  ASSERT_TRUE(promoted) << promoted.error().message;
  ASSERT_EQ(promoted->warnings.size(), 1U);
  EXPECT_TRUE(promoted->warnings[0].starts_with(
      "would have been refused: stage validate requires an improvement of 0.05"))
      << promoted->warnings[0];
}

TEST_F(Settings, WhatWasNeverScreenedIsNotPromoted) {
  SubmitRequest fresh = request("untried");
  fresh.stage = "validate";
  EXPECT_NE(refusal(try_submit(fresh)).message.find("has no result there"), std::string::npos);
}

TEST_F(Settings, APromotionRunsTheBaseBesideTheCandidate) {
  screened("better", 1.41);
  const auto reply = promote("004").value();
  ASSERT_EQ(reply.jobs.size(), 2U);
  EXPECT_EQ(reply.jobs.at(0).job.title, "promote");
  EXPECT_EQ(reply.jobs.at(1).job.title, "base beside 004");
  EXPECT_EQ(reply.worst_case, Money::micros(1'210'002));  // both are reserved
  const JobRow candidate = row(reply.jobs.at(0).job.number);
  const JobRow base = row(reply.jobs.at(1).job.number);
  EXPECT_EQ(candidate.beside, base.id);
  EXPECT_EQ(reply.beside, reply.jobs.at(1).job.handle);
  finish(candidate.number, 1.31);
  finish(base.number, 1.40);
  const auto kept = keep(candidate.number).value();
  EXPECT_NEAR(kept.job.delta.value(), -0.09, 1e-9);
  EXPECT_EQ(service().job(agent(), "005").value().beside, "");  // the base itself
  EXPECT_NE(service().job(agent(), "006").value().beside, "");
}

TEST_F(Settings, TheCompanionIsReusedWhereItHasAResult) {
  screened("better", 1.41);
  const auto first = promote("004").value();
  finish(first.jobs.at(0).job.number, 1.31);
  finish(first.jobs.at(1).job.number, 1.40);
  screened("better still", 1.40);
  const auto second = promote("007").value();
  ASSERT_EQ(second.jobs.size(), 1U);
  EXPECT_EQ(second.beside, first.jobs.at(1).job.handle);
}

TEST_F(Settings, CandidateAndCompanionAreAdmittedTogetherOrNotAtAll) {
  set_policy(
      std::string(kPolicy).replace(std::string(kPolicy).find("day = 5.00"), 10, "day = 0.70"));
  server_gone_while([] {});
  const std::int64_t job = submit("better");
  finish(job, 1.41);
  const Error refused = refusal(promote("004"));
  EXPECT_EQ(refused.kind, ErrorKind::kDenied) << refused.message;
  EXPECT_EQ(service().jobs(agent(), 100).value().size(), 4U);
}

TEST_F(Settings, BothSidesOfAPromotionRunInOneClass) {
  screened("better", 1.41);
  const auto reply = promote("004", "either").value();
  ASSERT_EQ(reply.jobs.size(), 2U);
  for (const auto& [job, reused] : reply.jobs) finish(job.number, 1.3);
  EXPECT_EQ(service().job(agent(), "005").value().comparability_class,
            service().job(agent(), "006").value().comparability_class);
}

TEST_F(Settings, TheLeaderboardRanksOneStageAndClassAndListsTheOthersApart) {
  screened("better", 1.41);
  const auto promoted = promote("004").value();
  finish(promoted.jobs.at(0).job.number, 1.31);
  finish(promoted.jobs.at(1).job.number, 1.40);
  const auto board = service().leaderboard(agent(), {}).value();
  EXPECT_EQ(board.stage, "screen");
  EXPECT_EQ(board.total, 2);
  ASSERT_EQ(board.apart.size(), 1U);
  EXPECT_EQ(board.apart.at(0).stage, "validate");
  EXPECT_EQ(board.apart.at(0).comparability_class, "B");
  EXPECT_EQ(board.apart.at(0).configurations, 2);
  const auto other = service().leaderboard(agent(), {.comparability_class = "B"}).value();
  EXPECT_EQ(other.rows.at(0).title, "promote");
  EXPECT_NEAR(other.rows.at(0).delta.value(), -0.09, 1e-9);
  EXPECT_FALSE(other.noise.deviation);
  EXPECT_EQ(refusal(service().leaderboard(agent(), {.comparability_class = "C"})).kind,
            ErrorKind::kNotFound);
}

TEST_F(Settings, AKeepWhereTheBestHasNoResultIsIncomparable) {
  ASSERT_TRUE(keep(screened("better", 1.41)));
  SubmitRequest other = request("other");
  other.stage = "either";
  const std::int64_t job = try_submit(other).value().jobs.at(0).job.number;
  finish(job, 1.2);
  const Error refused = refusal(keep(job));
  EXPECT_EQ(refused.kind, ErrorKind::kIncomparable);
  EXPECT_NE(refused.hint.find(R"(submit_experiment from:"best" stage:"either")"), std::string::npos)
      << refused.hint;
  const auto best = promote("best", "either").value();  // what the hint says
  finish(best.jobs.at(0).job.number, 1.25);
  EXPECT_TRUE(keep(job));
}

TEST_F(Settings, JobsOfTwoStagesDoNotCompare) {
  screened("better", 1.41);
  const auto promoted = promote("004").value();
  finish(promoted.jobs.at(0).job.number, 1.31);
  finish(promoted.jobs.at(1).job.number, 1.40);
  EXPECT_EQ(refusal(service().compare(agent(), {.jobs = {"004", "006"}})).kind,
            ErrorKind::kIncomparable);
}

}  // namespace
