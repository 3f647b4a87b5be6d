#include "server/store/ledger.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Lifecycle : public Night {
 protected:
  Reason reason_of(std::int64_t number) { return row(number).reason; }
};

TEST_F(Lifecycle, ASuccessIsSettledAtItsRealTimeAndNothingStaysReserved) {  // L5
  const std::int64_t job = submit("good");
  finish(job, 1.5);
  EXPECT_EQ(row(job).state, JobState::kSucceeded);
  EXPECT_EQ(total().spent.money, Money::micros(20'000));  // one minute at $1.20/h
  EXPECT_EQ(total().reserved, Amount());
  EXPECT_EQ(service().job(agent(), "001").value().line.value, 1.5);
}

TEST_F(Lifecycle, APlaceThatCostsWhatWasHeldTakesTheHoldAsItIs) {
  const std::int64_t first = submit("first"), second = submit("second"), third = submit("third");
  running(first);
  running(second);
  const auto open = [&] {
    return store().read([&](Reader& reader) { return open_reservation(reader, row(third).id); });
  };
  const Reservation hold = open().value().value();
  EXPECT_EQ(hold.attempt, 0);
  finish(first, 1.5);
  running(third);
  EXPECT_EQ(open().value().value().id, hold.id);
  EXPECT_EQ(open().value().value().attempt, 1);
}

TEST_F(Lifecycle, ExitZeroWithoutTheGoalMetricFails) {
  const std::int64_t job = submit("silent");
  end(job, {});
  EXPECT_EQ(row(job).state, JobState::kFailed);
  EXPECT_EQ(reason_of(job), Reason::kNoMetric);
}

TEST_F(Lifecycle, AMetricThatIsNotANumberFails) {
  const std::int64_t job = submit("nan");
  end(job, {.metrics = "{\"val_bpb\":NaN}\n{\"val_bpb\":null}\n"});
  EXPECT_EQ(row(job).state, JobState::kFailed);
  EXPECT_EQ(reason_of(job), Reason::kNoMetric);
}

TEST_F(Lifecycle, AUserErrorIsNotRetriedWhenThePolicySaysSo) {
  const std::int64_t job = submit("crash");
  end(job, {.exit_code = 3});
  EXPECT_EQ(row(job).state, JobState::kFailed);
  EXPECT_EQ(reason_of(job), Reason::kUserCode);
  EXPECT_EQ(row(job).attempts, 1);
}

TEST_F(Lifecycle, AMissingCommandIsAnEnvironmentErrorThatNamesIt) {
  const std::int64_t job = submit("typo");
  end(job, {.outcome = Outcome::kNotStarted, .error = "./train: no such file"});
  EXPECT_EQ(reason_of(job), Reason::kEnvironment);
  EXPECT_NE(row(job).detail.find("./train"), std::string::npos);
}

TEST_F(Lifecycle, ADeadlineTimesOut) {
  const std::int64_t job = submit("slow");
  end(job, {.outcome = Outcome::kDeadline});
  EXPECT_EQ(row(job).state, JobState::kTimedOut);
}

TEST_F(
    Lifecycle,
    ALostRunnerIsPaidAndTriedAgain) {  // L14: the next attempt reserves after the last was settled
  const std::int64_t job = submit("unlucky");
  const AttemptId first = running(job);
  clock_.advance(std::chrono::minutes(2));
  runner().lose(first);
  until([&] { return row(job).attempts == 2 && row(job).state == JobState::kRunning; },
        "the second attempt");
  EXPECT_EQ(total().spent.money, Money::micros(40'000));
  finish(job, 1.5);
  EXPECT_EQ(row(job).state, JobState::kSucceeded);
  EXPECT_EQ(total().spent.money, Money::micros(60'000));
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(
    Lifecycle,
    ADamagedRecordIsChargedTheUpperBound) {  // L6: nothing of it is alive, so the money is settled
  const std::int64_t job = submit("garbled");
  const AttemptId attempt = running(job);
  clock_.advance(std::chrono::minutes(2));
  runner().end(attempt, {.record = "{\"version\":1,"});
  until([&] { return row(job).attempts == 2; }, "the next attempt");
  EXPECT_EQ(total().spent.money, Money::micros(40'000));
}

TEST_F(Lifecycle, ALostRunnerIsNotRetriedForEver) {
  const std::int64_t job = submit("cursed");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    until([&] { return row(job).attempts == attempt && row(job).state == JobState::kRunning; },
          "an attempt");
    runner().lose({row(job).id, attempt});
  }
  until_state(job, JobState::kFailed);
  EXPECT_EQ(reason_of(job), Reason::kRunnerLost);
}

TEST_F(Lifecycle, APreemptedRunIsPaidAndGoesOnThoughThePolicyAllowsNoRetry) {  // L14
  const std::int64_t job = submit("on spot");
  end(job, {.outcome = Outcome::kPreempted, .metrics = "{\"val_bpb\":9.0}\n"});
  until([&] { return row(job).attempts == 2 && row(job).state == JobState::kRunning; },
        "the second attempt");
  EXPECT_EQ(total().spent.money, Money::micros(20'000));
  EXPECT_EQ(total().reserved.money, Money::micros(605'001));
  finish(job, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(40'000));
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Lifecycle, APreemptionIsNeitherALossNorAFailureAndEndsAfterTen) {
  const std::int64_t job = submit("a bad market");
  for (int attempt = 1; attempt <= 11; ++attempt) {
    until([&] { return row(job).attempts == attempt && row(job).state == JobState::kRunning; },
          "an attempt");
    runner().end({row(job).id, attempt}, {.outcome = Outcome::kPreempted});
  }
  until_state(job, JobState::kFailed);
  EXPECT_EQ(reason_of(job), Reason::kPreempted);
}

TEST_F(Lifecycle, NewsOfAnOlderAttemptChangesNothing) {  // Q5
  const std::int64_t job = submit("twice");
  const AttemptId first = running(job);
  runner().lose(first);
  until([&] { return row(job).attempts == 2 && row(job).state == JobState::kRunning; },
        "the second attempt");
  runner().tell({first, RunnerEventKind::kEnded});
  runner().tell({first, RunnerEventKind::kLost});
  finish(job, 1.5);
  EXPECT_EQ(row(job).state, JobState::kSucceeded);
  EXPECT_EQ(row(job).attempts, 2);
}

TEST_F(Lifecycle, AQueuedJobIsCancelledAtOnceAndItsMoneyIsFree) {  // L6: never launched
  submit("a");
  submit("b");
  const std::int64_t waiting = submit("c");
  const auto reply =
      service().cancel(agent(), {std::to_string(waiting)}, "changed my mind").value();
  EXPECT_EQ(reply.jobs.at(0).state, JobState::kCancelled);
  EXPECT_EQ(reply.released, Money::micros(605'001));
}

TEST_F(Lifecycle, ARunningJobIsCancelledOnlyOnceItIsDead) {  // Q6, Q7, L6
  const std::int64_t job = submit("endless");
  const AttemptId attempt = running(job);
  const auto reply = service().cancel(agent(), {"001"}, "enough").value();
  EXPECT_EQ(reply.jobs.at(0).state, JobState::kCancelling);
  until([&] { return !runner().stops().empty(); }, "the request to stop");
  EXPECT_EQ(row(job).state, JobState::kCancelling);
  EXPECT_GT(total().reserved.money, Money());
  clock_.advance(std::chrono::minutes(1));
  runner().end(attempt, {.outcome = Outcome::kCancelled});
  until_state(job, JobState::kCancelled);
  EXPECT_EQ(total().reserved, Amount());
  EXPECT_EQ(total().spent.money, Money::micros(20'000));
}

TEST_F(Lifecycle, ASuccessThatComesAfterTheCancelIsStillCancelled) {  // Q6
  const std::int64_t job = submit("race");
  const AttemptId attempt = running(job);
  ASSERT_TRUE(service().cancel(agent(), {"001"}, "enough"));
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(job, JobState::kCancelled);
}

TEST_F(Lifecycle, AFailedLaunchCostsNothingAndIsTriedAgain) {
  runner().refuse_launches(1);
  const std::int64_t job = submit("bumpy");
  finish(job, 1.5);
  EXPECT_EQ(row(job).attempts, 2);
  EXPECT_EQ(total().spent.money, Money::micros(20'000));
}

TEST_F(Lifecycle, ARunOverMidnightPaysEachDayItsPart) {  // L9
  const std::int64_t job = submit("midnight");
  const AttemptId attempt = running(job);             // 20:00 UTC is 21:00 in Rome
  clock_.advance(std::chrono::minutes(3 * 60 + 10));  // to 00:10
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(job, JobState::kSucceeded);
  const auto view = service().cost(agent(), CostBy::kStage).value().budgets;
  for (const Balance& balance : view) {
    if (balance.node_kind != NodeKind::kGlobal || balance.window_kind != WindowKind::kDay) continue;
    EXPECT_EQ(balance.spent.money + balance.overrun.money, Money::micros(200'000));  // ten minutes
  }
}

TEST_F(Lifecycle, AnOverrunIsRecordedApartAndNeverLost) {  // L1
  const std::int64_t job = submit("runaway");
  const AttemptId attempt = running(job);
  clock_.advance(std::chrono::minutes(60));  // twice its limit: no keeper would allow it
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(job, JobState::kSucceeded);
  EXPECT_EQ(total().spent.money, Money::micros(605'001));
  EXPECT_EQ(total().overrun.money, Money::micros(1'200'000 - 605'001));
}

}  // namespace
