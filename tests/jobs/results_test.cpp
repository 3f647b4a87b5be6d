#include "server/jobs/yardstick.h"
#include "server/store/job_metrics.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Results : public Night {
 protected:
  Results() {  // three runs of the base: 1.50, 1.52, 1.51
    SubmitRequest base{.variant = {.title = "baseline"}, .from = "base", .repeat = 3};
    EXPECT_TRUE(service().submit(agent(), base));
    finish(1, 1.50);
    finish(2, 1.52);
    finish(3, 1.51);
  }
  std::int64_t better() {
    const std::int64_t job = submit("better");
    finish(job, 1.41);
    return job;
  }
  static void no_progress(WaitProgress) {}
};

TEST_F(Results, TheNoiseFloorIsThePooledDeviationOfRepeats) {
  const auto board = service().leaderboard(agent(), {}).value();
  EXPECT_NEAR(board.noise.deviation.value(), 0.01, 1e-9);
  EXPECT_EQ(board.noise.samples, 3);
  EXPECT_NEAR(board.noise.interval.value().high, 0.044154, 1e-6);
}

TEST_F(Results, TheLeaderboardRanksWithDeltasToTheBaseInNoiseUnits) {
  better();
  const auto board = service().leaderboard(agent(), {}).value();
  ASSERT_EQ(board.total, 2);  // the base with its three seeds is one
  EXPECT_EQ(board.rows.at(0).title, "better");
  EXPECT_EQ(board.rows.at(0).seeds, 1);
  EXPECT_EQ(board.rows.at(1).seeds, 3);
  EXPECT_NEAR(board.rows.at(1).value.value(), 1.51, 1e-9);
  EXPECT_NEAR(board.rows.at(1).delta.value(), 0, 1e-9);  // the base is the mean of its repeats
  EXPECT_NEAR(board.rows.at(0).delta.value(), -0.10, 1e-9);
  EXPECT_NEAR(board.rows.at(0).noise_x.value(), 8.660254, 1e-6);
  EXPECT_EQ(board.comparability_class, "A");
}

TEST_F(Results, WhatAWriteTookBackWasNeverMeasured) {
  const std::int64_t job = submit("better");
  const AttemptId attempt = running(job);
  const Project project = world().sources.project_of(user().string()).value();
  const auto tried = [&](Reader& reader) -> Result<std::size_t> {
    TRY(const Yardstick measure, yardstick(world(), reader, project));
    return measure.tried.size();
  };
  EXPECT_EQ(store().read(tried), 1U);
  const auto taken_back = store().write([&](Transaction& tx) -> Result<void> {
    CHECK_OK(mark_ended(tx, attempt, {.outcome = "exited"}));
    CHECK_OK(put_metrics(tx, attempt.job, std::vector{Metric{"val_bpb", 0.1}}));
    CHECK_OK(transition(tx, {.job = attempt.job,
                             .from = JobState::kRunning,
                             .event = JobEvent::kExitedWell,
                             .attempt = attempt.number}));
    EXPECT_EQ(tried(tx), 2U);
    return fail(ErrorKind::kConflict, "not after all");
  });
  EXPECT_EQ(refusal(taken_back).message, "not after all");
  EXPECT_EQ(store().read(tried), 1U);
  finish(job, 1.41);
  EXPECT_EQ(store().read(tried), 2U);
  EXPECT_EQ(service().leaderboard(agent(), {}).value().rows.at(0).value, 1.41);
}

TEST_F(Results, KeepMovesTheBestAndLaterWorkStartsFromIt) {
  const std::int64_t job = better();
  const auto kept =
      service().decide(agent(), std::to_string(job), Decision::kKeep, "clear gain").value();
  EXPECT_EQ(kept.step, 1);
  EXPECT_EQ(kept.warning, "");
  EXPECT_EQ(service().briefing(agent()).value().best, "004-better");
  SubmitRequest next{.variant = {.title = "next"}, .from = "best"};
  next.variant.params["lr"] = 0.9;
  const auto reply = try_submit(next).value();
  const auto parameters = params_from_text(row(reply.jobs.at(0).job.number).params).value();
  EXPECT_EQ(parameters.at("n"), params_from_text(row(job).params).value().at("n"));
  EXPECT_EQ(parameters.at("lr"), ParamValue(0.9));
}

TEST_F(Results, AKeepInsideTheNoiseIsRecordedWithAWarning) {
  const std::int64_t job = submit("lucky");
  finish(job, 1.507);
  const auto kept = service().decide(agent(), "004", Decision::kKeep, "maybe").value();
  EXPECT_NE(kept.warning.find("0.3x the noise floor"), std::string::npos) << kept.warning;
}

TEST_F(Results, AKeepIsWorthTheMeanOverItsSeedsAndTheFreshOnesConfirmIt) {
  const std::int64_t job = better();  // 1.41, the one that won
  SubmitRequest again{.variant = {.title = "confirm"}, .from = "004", .repeat = 3};
  const auto confirming = try_submit(again).value();
  EXPECT_TRUE(confirming.jobs.at(0).reused);  // the first seed has run already
  finish(confirming.jobs.at(1).job.number, 1.44);
  finish(confirming.jobs.at(2).job.number, 1.47);
  const auto kept = service().decide(agent(), std::to_string(job), Decision::kKeep, "3 seeds");
  EXPECT_EQ(kept->seeds, 3);
  EXPECT_NEAR(kept->confirmed.value(), 1.455, 1e-9);
  EXPECT_EQ(kept->confirmed_seeds, 2);
  EXPECT_NEAR(service().briefing(agent()).value().best_value.value(), 1.44, 1e-9);
}

TEST_F(Results, ADoubtSaysOverHowManySeeds) {
  const std::int64_t job = submit("lucky");
  finish(job, 1.40);
  const auto more = try_submit({.variant = {.title = "again"}, .from = "004", .repeat = 2}).value();
  finish(more.jobs.at(1).job.number, 1.66);
  const auto kept = service().decide(agent(), "004", Decision::kKeep, "hope").value();
  EXPECT_EQ(kept.warning, "+0.0200 over 2 seeds is not an improvement");
}

TEST_F(Results, SeedsThatCameAfterTheKeepMoveWhatWasReached) {
  const std::int64_t job = better();
  ASSERT_TRUE(service().decide(agent(), std::to_string(job), Decision::kKeep, "clear gain"));
  EXPECT_NEAR(service().briefing(agent()).value().best_value.value(), 1.41, 1e-9);
  const auto more =
      try_submit({.variant = {.title = "again"}, .from = "best", .repeat = 2}).value();
  finish(more.jobs.at(1).job.number, 1.47);
  EXPECT_NEAR(service().briefing(agent()).value().best_value.value(), 1.44, 1e-9);
}

TEST_F(Results, AFailedJobCannotBeKept) {
  const std::int64_t job = submit("crash");
  end(job, {.exit_code = 1});
  EXPECT_EQ(
      refusal(service().decide(agent(), std::to_string(job), Decision::kKeep, "why not")).kind,
      ErrorKind::kInvalid);
  EXPECT_TRUE(service().decide(agent(), std::to_string(job), Decision::kCrash, "exit 1"));
}

TEST_F(Results, AWaitReturnsWhatEndedSinceTheCursor) {
  const auto first = service().wait(agent(), {.timeout = Milliseconds(0)}, {}, no_progress).value();
  EXPECT_EQ(first.finished.size(), 3U);
  EXPECT_FALSE(first.timed_out);
  better();
  const auto next =
      service()
          .wait(agent(), {.timeout = Milliseconds(0), .cursor = first.cursor}, {}, no_progress)
          .value();
  ASSERT_EQ(next.finished.size(), 1U);
  EXPECT_EQ(next.finished.at(0).title, "better");
}

TEST_F(Results, AWaitThatTimesOutStopsNothing) {
  const std::int64_t job = submit("long");
  running(job);
  const auto reply =
      service()
          .wait(agent(), {.jobs = {"004"}, .timeout = Milliseconds(0)}, {}, no_progress)
          .value();
  EXPECT_TRUE(reply.timed_out);
  EXPECT_EQ(reply.waiting.size(), 1U);
  EXPECT_EQ(row(job).state, JobState::kRunning);
}

TEST_F(Results, UntilImprovedIgnoresWhatIsWorse) {
  const std::int64_t worse = submit("worse");
  const std::int64_t job = submit("still running");
  finish(worse, 1.9);
  running(job);
  const WaitRequest wait{
      .jobs = {"004", "005"}, .until = Until::kImproved, .timeout = Milliseconds(0)};
  EXPECT_TRUE(service().wait(agent(), wait, {}, no_progress).value().timed_out);
  finish(job, 1.2);
  EXPECT_FALSE(service().wait(agent(), wait, {}, no_progress).value().timed_out);
}

TEST_F(Results, AWaitSaysWhenTheRestMayEnd) {
  const std::int64_t job = submit("long");
  running(job);
  const auto reply =
      service()
          .wait(agent(), {.jobs = {"004"}, .timeout = Milliseconds(0)}, {}, no_progress)
          .value();
  ASSERT_TRUE(reply.forecast);
  EXPECT_TRUE(reply.forecast->measured);
  EXPECT_EQ(reply.forecast->ends, row(1).finished.value() - row(1).started.value());
}

TEST_F(Results, OfALongQueueNothingIsForetold) {  // each reply would have to read all of it
  set_policy(
      "policy = 1\ntimezone = \"UTC\"\n[budget]\ntotal = 10.00\nday = 5.00\n[jobs]\n"
      "max_concurrent = 2\nmax_queued = 1000\nmax_minutes = 30\n[stage.screen]\n"
      "pools = [\"cpu\"]\n");
  restart();
  SubmitRequest twenty = request("many");
  twenty.repeat = 20;
  twenty.minutes_max = 1;
  const auto first = try_submit(twenty);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->forecast);
  for (int i = 0; i < 5; ++i) {
    twenty.variant.params["n"] = std::int64_t{100 + i};
    const auto more = try_submit(twenty);
    ASSERT_TRUE(more) << more.error().message;
  }
  twenty.variant.params["n"] = std::int64_t{200};
  const auto last = try_submit(twenty).value();
  EXPECT_FALSE(last.forecast);
  EXPECT_EQ(last.jobs.size(), 20U);
}

class BudgetLineText : public Night {};

TEST_F(BudgetLineText, SaysWhatIsLeftAndHowManyFit) {
  finish(submit("one"), 1.5);
  EXPECT_EQ(service().budget_line(agent()),
            "$4.98 of $5.00 left today, $0.00 reserved, about 8 screens left, 2 of 2 slots free");
}

}  // namespace
