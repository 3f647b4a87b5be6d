// The lines of the bill sum to what the ledger says was spent.
#include "server/jobs/bill.h"

#include <rapidcheck/gtest.h>

#include <numeric>

#include "server/store/ledger.h"
#include "tests/jobs/night.h"

using namespace pawl;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Timestamp kNow{hours(1000)};

PaidAttempt ended(JobState job, Money cost, Milliseconds billed, Timestamp at = kNow) {
  return {.last = true,
          .job = job,
          .outcome = "exited",
          .pool = "cpu",
          .claimed = at - billed,
          .ended = at,
          .billed = billed,
          .cost = cost};
}

Money sum_of(const std::vector<CostPart>& parts) {
  return std::accumulate(parts.begin(), parts.end(), Money(),
                         [](Money sum, const CostPart& part) { return sum + part.cost; });
}

}  // namespace

TEST(Bill, StartupAndBuildAreSharesAndTheRestIsWhatBecameOfTheRun) {
  const std::vector<BilledRun> runs = {
      {ended(JobState::kSucceeded, Money::usd(10), minutes(100)), minutes(20), minutes(10)},
      {ended(JobState::kFailed, Money::usd(1), minutes(10)), {}, {}}};
  const auto parts = parts_of(runs);
  ASSERT_EQ(parts.size(), 9U);
  EXPECT_EQ(parts[0].name, "GPU runtime with a result");
  EXPECT_EQ(parts[0].cost, Money());
  EXPECT_EQ(parts[1].name, "CPU runtime with a result");
  EXPECT_EQ(parts[1].cost, Money::usd(7));
  EXPECT_EQ(parts[2].name, "startup");
  EXPECT_EQ(parts[2].cost, Money::usd(1));
  EXPECT_EQ(parts[3].cost, Money::usd(2));
  EXPECT_EQ(parts[4].name, "storage");
  EXPECT_EQ(parts[5].name, "data transfer");
  EXPECT_EQ(parts[6].name, "failed runs");
  EXPECT_EQ(parts[6].cost, Money::usd(1));
}

TEST(Bill, StorageAndTransferArePaidBesideTheTime) {
  PaidAttempt paid = ended(JobState::kSucceeded, Money::usd(11), minutes(60));
  paid.carried = Money::usd(1);
  paid.unit_picos = 4'000'000'000'000;
  paid.units = 2;
  paid.disk_picos = 2'000'000'000'000;
  const auto parts = parts_of(std::vector<BilledRun>{{paid, {}, {}}});
  EXPECT_EQ(parts[1].cost, Money::usd(8));
  EXPECT_EQ(parts[3].cost, Money::usd(2));  // storage
  EXPECT_EQ(parts[4].cost, Money::usd(1));  // data transfer
}

TEST(Bill, LostAndCancelledRunsHaveLinesOfTheirOwn) {
  PaidAttempt lost = ended(JobState::kSucceeded, Money::usd(1), minutes(1));
  lost.outcome = "lost";
  lost.last = false;
  const std::vector<BilledRun> runs = {
      {lost, {}, {}}, {ended(JobState::kCancelled, Money::usd(2), minutes(1)), {}, {}}};
  const auto parts = parts_of(runs);
  ASSERT_EQ(parts.size(), 8U);
  EXPECT_EQ(parts[5].name, "cancelled runs");
  EXPECT_EQ(parts[5].cost, Money::usd(2));
  EXPECT_EQ(parts[6].name, "lost or pre-empted runs");
  EXPECT_EQ(parts[6].cost, Money::usd(1));
}

TEST(Bill, ASandboxIsDebuggingHoweverItEnded) {
  PaidAttempt sandbox = ended(JobState::kTimedOut, Money::usd(3), minutes(30));
  sandbox.sandbox = true;
  const auto parts = parts_of(std::vector<BilledRun>{{sandbox, {}, {}}});
  EXPECT_EQ(parts.back().name, "human debugging (sandboxes)");
  EXPECT_EQ(parts.back().cost, Money::usd(3));
  EXPECT_EQ(parts.back().time, minutes(30));
}

RC_GTEST_PROP(Bill, LinesAndGroupsSumToWhatAllRunsCost, ()) {
  const auto count = *rc::gen::inRange(0, 30);
  std::vector<BilledRun> runs;
  std::vector<PaidAttempt> paid;
  Money spent;
  for (int i = 0; i < count; ++i) {
    const auto job = static_cast<JobState>(*rc::gen::inRange(0, 10));
    const auto cost = Money::micros(*rc::gen::inRange<std::int64_t>(0, 1'000'000'007));
    BilledRun run{ended(job, cost, Milliseconds(*rc::gen::inRange(0, 100'000))), {}, {}};
    run.paid.id = {JobId{i}, 1};
    run.paid.last = *rc::gen::arbitrary<bool>();
    run.paid.sandbox = *rc::gen::arbitrary<bool>();
    run.paid.outcome = *rc::gen::element<std::string>("exited", "lost", "preempted", "deadline");
    run.paid.agent = *rc::gen::element<std::string>("a", "b");
    run.paid.carried = Money::micros(*rc::gen::inRange<std::int64_t>(0, 2'000'000));
    run.paid.unit_picos = *rc::gen::inRange<std::int64_t>(0, 5'000'000'000'000);
    run.paid.disk_picos = *rc::gen::inRange<std::int64_t>(0, 100'000'000'000);
    run.build = Milliseconds(*rc::gen::inRange(-10, 200'000));  // a record may be forged or cut
    run.startup = Milliseconds(*rc::gen::inRange(-10, 200'000));
    spent += cost;
    paid.push_back(run.paid);
    runs.push_back(std::move(run));
  }
  RC_ASSERT(sum_of(parts_of(runs)) == spent);
  Money grouped;
  for (const CostGroup& group : groups_of(paid, &PaidAttempt::agent)) grouped += group.spent;
  RC_ASSERT(grouped == spent);
  for (const CostPart& part : parts_of(runs)) RC_ASSERT(part.cost >= Money());
}

TEST(Bill, TheLastHourTakesItsShareOfARunAndLiveOnesAtTheirPrice) {
  PaidAttempt live{.price = {Money::usd(6)}, .claimed = kNow - minutes(10)};
  const std::vector<PaidAttempt> paid = {
      ended(JobState::kSucceeded, Money::usd(4), hours(2), kNow - minutes(30)),
      ended(JobState::kSucceeded, Money::usd(9), hours(1), kNow - hours(2)), live};
  EXPECT_EQ(burned_in(paid, {kNow - hours(1), kNow}),
            Money::usd(2));  // 30 of 120 minutes, and 10 minutes
}

TEST(Bill, WhatIsLeftLastsAtTheRateOfTheLastHour) {
  EXPECT_EQ(lasts(Money::usd(10), Money::usd(4)), minutes(150));
  EXPECT_EQ(lasts(Money::usd(10), Money()), std::nullopt);
  EXPECT_EQ(lasts(Money::usd(-1), Money::usd(4)), Milliseconds(0));
}

TEST(Bill, ThePersistentBoxRentsTheUsedPoolsFromTheFirstClaimToTheLastEnd) {
  const std::vector<PaidAttempt> paid = {
      ended(JobState::kSucceeded, Money::usd(1), hours(1), kNow - hours(9)),
      ended(JobState::kSucceeded, Money::usd(1), hours(1), kNow)};
  const std::vector<PoolUnits> pools = {{"cpu", {Money::usd(1)}, 2},
                                        {"unused", {Money::usd(9)}, 8}};
  const auto box = persistent_box(paid, pools, kNow).value();
  EXPECT_EQ(box.span, hours(10));
  EXPECT_EQ(box.rented, Money::usd(20));
  EXPECT_EQ(box.billed, Money::usd(2));
  EXPECT_EQ(box.sessions, 2);  // nobody lets it run for the seven hours between
  EXPECT_EQ(box.on, hours(4));
  EXPECT_EQ(box.by_hand, Money::usd(8));
  EXPECT_EQ(box.busy, hours(2));
  EXPECT_NEAR(box.experiments_a_week, 33.6, 1e-9);
  EXPECT_EQ(persistent_box({}, pools, kNow), std::nullopt);
}

namespace {

class CostStatus : public Night {};

TEST_F(CostStatus, LinesAndGroupsSumToTheLedger) {
  finish(submit("good"), 1.5);
  end(submit("crash"), {.exit_code = 1});
  const std::int64_t lost = submit("lost");
  runner().lose(running(lost));
  until([&] { return row(lost).attempts > 1; }, "the next attempt");
  finish(lost, 1.4);
  for (const CostBy by : {CostBy::kStage, CostBy::kRound, CostBy::kAgent, CostBy::kDay}) {
    const auto cost = service().cost(agent(), by).value();
    Money grouped;
    for (const CostGroup& group : cost.groups) grouped += group.spent;
    EXPECT_EQ(grouped, total().spent.money);
    EXPECT_EQ(sum_of(cost.parts), total().spent.money);
    EXPECT_EQ(cost.spent, total().spent.money);
    EXPECT_EQ(cost.valid, 2);
  }
  EXPECT_EQ(service().cost(agent(), CostBy::kDay).value().groups.at(0).name, "2026-11-22");
}

TEST_F(CostStatus, CountsWhatHumansDidAndWhatTheyCorrected) {
  finish(submit("one"), 1.5);
  const std::int64_t stopped = submit("two");
  running(stopped);
  ASSERT_TRUE(service().cancel(agent("cli"), {"002"}, "looks wrong"));
  const std::int64_t other = submit("three");
  ASSERT_TRUE(service().cancel(agent(), {std::to_string(other)}, "an agent's own"));
  const auto before = service().cost(agent(), CostBy::kStage).value();
  EXPECT_EQ(before.interventions.cancels, 1);
  EXPECT_EQ(before.interventions.budget_changes, 0);
  const auto project = std::ranges::find_if(before.budgets, [](const BudgetLine& line) {
    return line.node_kind == NodeKind::kProject && line.window_kind == WindowKind::kTotal;
  });
  ASSERT_NE(project, before.budgets.end());
  ASSERT_TRUE(store().write([&](Transaction& tx) {
    return adjust(tx, {.window = project->id,
                       .spent = {.money = Money::micros(-7)},
                       .principal = "ada",
                       .reason = "a refund"});
  }));
  const auto after = service().cost(agent(), CostBy::kStage).value();
  EXPECT_EQ(after.interventions.budget_changes, 1);
  EXPECT_EQ(after.spent, before.spent - Money::micros(7));
  EXPECT_EQ(sum_of(after.parts), after.spent);
}

TEST_F(CostStatus, ABudgetLastsAtTheRateOfTheLastHour) {
  EXPECT_EQ(service().cost(agent(), CostBy::kStage).value().budgets.back().lasts, std::nullopt);
  finish(submit("one"), 1.5);  // one minute: $0.02
  const auto cost = service().cost(agent(), CostBy::kStage).value();
  EXPECT_EQ(cost.burned, Money::micros(20'000));
  EXPECT_EQ(cost.budgets.back().lasts, hours(499));  // 9.98 of 10.00 in total at 0.02 an hour
}

TEST_F(CostStatus, TheBudgetLineNamesWhatIsExpectedOnceThereIsAHistory) {
  for (const char* title : {"a", "b", "c"}) finish(submit(title), 1.5);
  submit("next");
  EXPECT_NE(service().budget_line(agent()).find("$0.61 reserved (expected $0.02)"),
            std::string::npos)
      << service().budget_line(agent());
}

}  // namespace
