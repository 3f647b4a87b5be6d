// Budgets of every window and node, from the policy's text to what an agent is told.
#include <algorithm>

#include "server/store/ledger_check.h"
#include "tests/jobs/night.h"

using namespace pawl;
using namespace std::chrono_literals;

namespace {

// A worst case is $0.605001; a minute that ran cost $0.02. The night begins at 20:00 UTC.
class BudgetWindows : public Night {
 protected:
  void policy(const std::string& budget, const std::string& rest = "") {
    policy_of("timezone = \"UTC\"", budget, rest);
  }
  void policy_of(const std::string& top, const std::string& budget, const std::string& rest = "") {
    set_policy("policy = 1\n" + top + "\n[budget]\n" + budget +
               "\n[jobs]\nmax_concurrent = 2\nmax_queued = 20\nmax_minutes = 30\nmax_retries = 0\n"
               "[stage.screen]\npools = [\"cpu\"]\n" +
               rest);
    restart();
  }
  Error denied(const std::string& title) {
    const Error error = refusal(try_submit(request(title)));
    EXPECT_EQ(error.kind, ErrorKind::kDenied) << error.message;
    return error;
  }
  SweepRequest sweep_of(int jobs) const {
    SweepRequest sweep{.title = "sweep", .base = "base"};
    for (int i = 0; i < jobs; ++i)
      sweep.variants.push_back({.title = "v", .params = {{"n", std::int64_t{i}}}});
    return sweep;
  }
  std::vector<std::string> in_force() {  // "stage screen day"
    std::vector<std::string> names;
    const auto reply = service().cost(agent(), CostBy::kStage).value();
    for (const Balance& balance : reply.budgets) {
      if (balance.cap.money)
        names.push_back(balance.node_name + "/" +
                        std::to_string(static_cast<int>(balance.window_kind)));
    }
    return names;
  }
  void expect_the_ledger_adds_up() {
    const auto found = store().read([](Reader& reader) { return verify_ledger(reader); });
    EXPECT_TRUE(found.value().empty());
  }
};

TEST_F(BudgetWindows, AWallClockThatRanAheadTakesNoRunOutOfItsDay) {  // L16
  policy("day = 5.00");
  world().time.now();
  clock_.jump(48h);
  finish(submit("tomorrow's"), 1.5);
  const auto reply = service().cost(agent(), CostBy::kStage).value();
  for (const Balance& balance : reply.budgets) {
    EXPECT_EQ(balance.spent.money, Money::micros(20'000)) << static_cast<int>(balance.window_kind);
    EXPECT_EQ(balance.overrun.money, Money());
  }
}

TEST_F(BudgetWindows, AWindowThatBeginsLateCountsWhatEndedInItByTrustedTime) {  // L16
  policy("day = 5.00");
  clock_.advance(4h + 1min);  // Monday
  world().time.now();
  clock_.jump(-1h);
  finish(submit("on Monday"), 1.5);
  policy("day = 5.00\nweek = 0.62");
  const Error error = denied("no more this week");
  EXPECT_TRUE(error.message.starts_with("budget.week: 1 x screen would reserve $0.61; $0.60 of "))
      << error.message;
}

TEST_F(BudgetWindows, ANightThatIsSpentLetsJobsWaitForTheMorning) {  // L1, L9, L19
  policy("day = 5.00\nnight = { usd = 0.62, window = \"22:00-07:00\" }");
  finish(submit("in the evening"), 1.5);  // until 20:31 at most: no night is touched
  clock_.advance(2h);
  finish(submit("at night"), 1.4);
  const Error error = denied("no more tonight");
  EXPECT_TRUE(
      error.message.starts_with("budget.night: 1 x screen would reserve $0.61; $0.60 of "
                                "tonight's $0.62 is left (policies/default.toml:5"))
      << error.message;
  EXPECT_NE(error.hint.find("T07:00:00Z"), std::string::npos) << error.hint;
  clock_.advance(9h);  // 07:02
  finish(submit("in the morning"), 1.3);
  expect_the_ledger_adds_up();
}

TEST_F(BudgetWindows, ADryRunInASpentNightForetellsTheMorning) {
  policy("day = 5.00\nnight = { usd = 0.62, window = \"22:00-07:00\" }");
  clock_.advance(2h);
  finish(submit("at night"), 1.4);  // 22:01
  const DryRunReply reply = service().dry_run(agent(), {.one = request("next")}).value();
  EXPECT_FALSE(reply.admitted);
  ASSERT_TRUE(reply.forecast);
  EXPECT_EQ(reply.forecast->starts, 8h + 59min);
}

TEST_F(BudgetWindows, ADryRunOverATotalThatIsSpentForetellsNothing) {
  policy("total = 0.62\nday = 0.62");
  finish(submit("one"), 1.4);
  const DryRunReply reply = service().dry_run(agent(), {.one = request("next")}).value();
  EXPECT_FALSE(reply.forecast);
}

TEST_F(BudgetWindows, WhatTheNightHasNoRoomForIsForetoldForTheMorning) {
  policy("day = 5.00\nnight = { usd = 0.62, window = \"22:00-07:00\" }");
  const std::int64_t first = submit("runs into the night");
  running(submit("so does this"));
  const std::int64_t queued = submit("has no money of the night");
  running(first);
  clock_.advance(2h + 5min);
  finish(first, 1.5);  // at 22:06, and six minutes of it were the night's
  until([&] { return world().waiting.of(kind_of(row(queued))).reason == Reason::kBudget; },
        "waits for the budget");
  const WaitReply reply = service()
                              .wait(agent(), {.jobs = {std::to_string(queued)}, .timeout = 0ms}, {},
                                    [](const WaitProgress&) {})
                              .value();
  ASSERT_TRUE(reply.forecast);
  EXPECT_EQ(reply.forecast->starts, 8h + 54min);
}

TEST_F(BudgetWindows, AJobThatMayReachIntoTheNightIsTheNights) {  // L9
  policy("day = 5.00\nnight = { usd = 0.50, window = \"20:20-07:00\" }");
  denied("ends at 20:31 at the latest");
}

TEST_F(BudgetWindows, OnlyThePartOfARunThatFellIntoTheNightIsPaidByIt) {  // L9
  policy("day = 5.00\nnight = { usd = 4.00, window = \"20:10-07:00\" }");
  const std::int64_t job = submit("twenty minutes");
  const AttemptId attempt = running(job);
  clock_.advance(20min);
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(job, JobState::kSucceeded);
  const auto view = service().cost(agent(), CostBy::kStage).value().budgets;
  const auto night = std::ranges::find(view, WindowKind::kNight, &Balance::window_kind);
  ASSERT_NE(night, view.end());
  EXPECT_EQ(night->spent.money, Money::micros(200'000));  // of 400'000
  EXPECT_EQ(night->reserved, Amount());
  expect_the_ledger_adds_up();
}

TEST_F(BudgetWindows, AWeekAndAMonthHoldBesideTheDay) {
  policy("day = 5.00\nweek = 0.62");
  finish(submit("first"), 1.5);
  EXPECT_TRUE(denied("second").message.starts_with("budget.week: ")) << denied("third").message;
  policy("day = 5.00\nmonth = 0.62");
  EXPECT_NE(denied("second").message.find("this month's $0.62"), std::string::npos);
}

TEST_F(BudgetWindows, AStageHasABudgetOfItsOwn) {
  policy("day = 5.00", "day = 0.62\n[stage.smoke]\npools = [\"cpu\"]\n");
  finish(submit("first"), 1.5);
  EXPECT_TRUE(denied("second").message.starts_with("budget.day of stage screen: "));
  SubmitRequest other = request("elsewhere");
  other.stage = "smoke";
  EXPECT_TRUE(try_submit(other));
  EXPECT_EQ(in_force(), (std::vector<std::string>{"/1", "screen/1"}));
}

TEST_F(BudgetWindows, ARoundHasABudgetOfItsOwn) {
  policy("day = 5.00\nround = 1.30");
  const auto refused = service().submit_sweep(agent(), sweep_of(3));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with(
      "budget.round of round new: 3 x screen would reserve $1.82; $1.30 of the round's $1.30"))
      << refused.error().message;
  EXPECT_NE(refused.error().hint.find("2 fit"), std::string::npos) << refused.error().hint;
  EXPECT_TRUE(service().submit_sweep(agent(), sweep_of(2)));
  EXPECT_TRUE(try_submit(request("outside of rounds")));
  expect_the_ledger_adds_up();
}

TEST_F(BudgetWindows, ACapThatIsNewCountsWhatWasSpentInItsWindowBefore) {  // L2, L9
  policy("day = 5.00");
  finish(submit("first"), 1.5);
  policy("day = 5.00\nweek = 0.62\nnight = { usd = 0.62, window = \"19:00-07:00\" }");
  EXPECT_TRUE(denied("second").message.find("$0.60 of") != std::string::npos);
  policy("day = 5.00\nweek = 0.63");
  finish(submit("third"), 1.4);  // opens the week's row with what the first had spent
  EXPECT_NE(denied("fourth").hint.find("Spent $0.04"), std::string::npos) << denied("x").hint;
  expect_the_ledger_adds_up();
}

TEST_F(BudgetWindows, ACapThatIsNewCountsARunThatWasUnderWay) {
  policy("day = 5.00");
  const std::int64_t job = submit("under way");
  const AttemptId attempt = running(job);
  policy("day = 5.00\nweek = 4.00");
  clock_.advance(1min);
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(job, JobState::kSucceeded);
  const auto view = service().cost(agent(), CostBy::kStage).value().budgets;
  const auto week = std::ranges::find(view, WindowKind::kWeek, &Balance::window_kind);
  ASSERT_NE(week, view.end());
  EXPECT_EQ((week->spent + week->overrun).money, Money::micros(20'000));
}

TEST_F(BudgetWindows, TheDayOfAnotherTimeZoneBindsNoMoreAndKeepsWhatItHolds) {  // L9
  policy("day = 0.62");
  const AttemptId attempt = running(submit("first"));
  denied("the day is full");
  policy_of("timezone = \"Asia/Kolkata\"", "day = 5.00");  // its day began at 18:30 UTC
  submit("second");
  clock_.advance(1min);
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(1, JobState::kSucceeded);
  const auto view = service().cost(agent(), CostBy::kStage).value().budgets;
  const auto day = std::ranges::find_if(view, [](const Balance& balance) {
    return balance.node_kind == NodeKind::kGlobal && balance.window_kind == WindowKind::kDay;
  });
  EXPECT_EQ((day->spent + day->overrun).money, Money::micros(20'000));
  expect_the_ledger_adds_up();
}

TEST_F(BudgetWindows, AnotherTimeZoneBuysNoFreshDay) {  // L9
  policy("day = 0.62");
  finish(submit("first"), 1.5);
  denied("the day is full");
  policy_of("timezone = \"Asia/Kolkata\"", "day = 0.62");
  denied("still");
}

TEST_F(BudgetWindows, OtherHoursOfTheNightBuyNoFreshNight) {  // L9
  policy("day = 5.00\nnight = { usd = 0.62, window = \"19:00-07:00\" }");
  finish(submit("first"), 1.5);
  denied("the night is full");
  policy("day = 5.00\nnight = { usd = 0.62, window = \"19:00-06:00\" }");
  denied("still");
}

TEST_F(BudgetWindows, APolicyThatOnlyWarnsRefusesNothingAndSaysSo) {
  policy_of("timezone = \"UTC\"\nmode = \"warn\"", "day = 0.01");
  const auto reply = try_submit(request("over the day"));
  ASSERT_TRUE(reply) << reply.error().message;
  ASSERT_EQ(reply->warnings.size(), 1U);
  EXPECT_TRUE(reply->warnings[0].starts_with("would have been refused: budget.day: "))
      << reply->warnings[0];
  finish(reply->jobs.at(0).job.number, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(20'000));
  expect_the_ledger_adds_up();
}

TEST_F(BudgetWindows, TheLastLineNamesTheWindowThatBinds) {
  policy("day = 5.00\nnight = { usd = 1.00, window = \"19:00-07:00\" }");
  EXPECT_TRUE(service().budget_line(agent()).starts_with("$1.00 of $1.00 left tonight, "))
      << service().budget_line(agent());
}

}  // namespace
