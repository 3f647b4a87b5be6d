#include "server/budget/admission.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "server/budget/refusal_text.h"

using namespace pawl;
using namespace std::chrono_literals;

namespace {

const Timestamp kMorning{Milliseconds(1'782'864'000'000)};  // 2026-07-01T00:00:00Z
const Span kToday{kMorning, kMorning + 24h};
const Timestamp kNow = kMorning + 18h + 50min;

Amount usd(double dollars) {
  return {Money::micros(static_cast<std::int64_t>(dollars * 1'000'000)), 0ms};
}

Balance balance(NodeKind node, std::string name, WindowKind window, Money cap) {
  Balance b;
  b.node_kind = node;
  b.node_name = std::move(name);
  b.window_kind = window;
  if (window == WindowKind::kDay) b.span = kToday;
  b.cap = {cap, std::nullopt, "policies/default.toml:12:17"};
  return b;
}

// What is taken of a window: spent, then reserved.
Balance taken(Balance b, double spent, double reserved) {
  b.spent = usd(spent);
  b.reserved = usd(reserved);
  return b;
}

Balance project_day() {
  return taken(balance(NodeKind::kProject, "tiny", WindowKind::kDay, Money::usd(40)), 12.4, 5.5);
}
Balance global_total() {
  return balance(NodeKind::kGlobal, "", WindowKind::kTotal, Money::usd(100));
}
Balance experiment() {
  return balance(NodeKind::kExperiment, "042", WindowKind::kExperiment, Money::usd(30));
}

}  // namespace

TEST(Admission, WhatFitsEveryWindowIsNotRefused) {  // L1
  EXPECT_EQ(refuse({experiment(), project_day(), global_total()}, usd(22.1)), std::nullopt);
}

TEST(Admission, OneMicroDollarTooMuchIsRefused) {  // L1
  const auto refusal = refuse({project_day()}, {Money::micros(22'100'001), 0ms});
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->binding.node_name, "tiny");
  EXPECT_EQ(refusal->unit, Unit::kUsd);
}

TEST(Admission, WithoutACapNothingIsRefused) {
  Balance free = project_day();
  free.cap = {};
  EXPECT_EQ(refuse({free}, usd(1e9)), std::nullopt);
  EXPECT_EQ(available(free), Room{});
}

TEST(Admission, AnOverrunCountsAgainstTheCap) {  // L1
  Balance overrun = project_day();
  overrun.overrun = usd(22);
  EXPECT_EQ(available(overrun).money, Money::micros(100'000));
  EXPECT_TRUE(refuse({overrun}, usd(0.2)).has_value());
}

TEST(Admission, ACapLoweredBelowWhatIsTakenLeavesNothing) {  // L10
  Balance lowered = project_day();
  lowered.cap.money = Money::usd(1);
  EXPECT_EQ(available(lowered).money, Money());
  EXPECT_TRUE(refuse({lowered}, usd(0.01)).has_value());
}

TEST(Admission, EachAncestorIsChecked) {  // L10
  for (std::size_t full = 0; full < 3; ++full) {
    BudgetView view = {experiment(), project_day(), global_total()};
    view[full].cap.money = Money::usd(1);
    view[full].spent = usd(1);
    view[full].reserved = {};
    const auto refusal = refuse(view, usd(1));
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->binding.node_kind, view[full].node_kind);
  }
}

TEST(Admission, GpuTimeBindsBesideMoney) {
  Balance day = project_day();
  day.cap.gpu_time = 2h;
  day.spent.gpu_time = 90min;
  const auto refusal = refuse({day}, {Money::usd(1), 31min});
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->unit, Unit::kGpuTime);
  EXPECT_EQ(refuse({day}, {Money::usd(1), 30min}), std::nullopt);
}

TEST(Admission, WhatAsksForNoGpuTimeIsNotRefusedForIt) {
  Balance day = project_day();
  day.cap.gpu_time = 1h;
  day.spent.gpu_time = 2h;
  EXPECT_EQ(refuse({day}, usd(1)), std::nullopt);
}

TEST(Admission, ADayThatIsFullIsRetriedAtItsEnd) {  // L19
  const auto refusal = refuse({project_day()}, usd(30));
  EXPECT_EQ(refusal->retry_at, kMorning + 24h);
  EXPECT_FALSE(refusal->may_free_up);
  EXPECT_TRUE(refuse({project_day()}, usd(27))->may_free_up);
}

TEST(Admission, WhatIsOverTheCapItselfIsNeverRetried) {  // L19
  EXPECT_EQ(refuse({project_day()}, usd(41))->retry_at, std::nullopt);
}

TEST(Admission, TheWindowThatStaysLongestInTheWayIsNamed) {  // L19
  const Balance total = taken(global_total(), 90, 0);
  EXPECT_EQ(refuse({experiment(), project_day(), total}, usd(27))->binding.window_kind,
            WindowKind::kTotal);
  const Balance small =
      balance(NodeKind::kExperiment, "042", WindowKind::kExperiment, Money::usd(3));
  EXPECT_EQ(refuse({small, project_day(), total}, usd(27))->binding.window_kind,
            WindowKind::kExperiment);
}

TEST(Admission, HostileSumsDoNotWrap) {
  const Money most = Money::micros(std::numeric_limits<std::int64_t>::max());
  for (const Money reserved : {Money(), most}) {
    Balance full = project_day();
    full.spent.money = full.overrun.money = most;
    full.reserved.money = reserved;
    EXPECT_TRUE(refuse({full}, usd(1)).has_value());
    EXPECT_EQ(available(full).money, Money());
    EXPECT_EQ(how_many_fit({full}, usd(1)), 0);
  }
}

TEST(Admission, TellsHowManyFit) {
  EXPECT_EQ(how_many_fit({project_day(), global_total()}, usd(5.4)), 4);
  EXPECT_EQ(how_many_fit({project_day()}, usd(23)), 0);
  EXPECT_EQ(how_many_fit({}, usd(1)), kNothingLimits);
  EXPECT_EQ(how_many_fit({project_day()}, Amount{}), kNothingLimits);
}

TEST(Admission, ExactlyAsManyAsFitAreAdmitted) {  // L1
  EXPECT_TRUE(rc::check([] {
    const auto money = [] { return Money::micros(*rc::gen::inRange<std::int64_t>(0, 1'000'000)); };
    BudgetView view;
    for (int i = 0; i < 4; ++i) {
      Balance b;
      b.cap.money = money();
      b.spent.money = money();
      view.push_back(b);
    }
    const Amount each{Money::micros(*rc::gen::inRange<std::int64_t>(1, 100'000)), 0ms};
    const std::int32_t fit = how_many_fit(view, each);
    for (std::int32_t i = 0; i < fit; ++i) {
      RC_ASSERT(!refuse(view, each));
      for (Balance& b : view) b.reserved = b.reserved + each;
    }
    RC_ASSERT(refuse(view, each).has_value());
  }));
}

TEST(RefusalText, NamesNodeWindowAskedLeftCapAndPlace) {  // L19
  const auto refusal = refuse({project_day(), global_total()}, usd(27));
  const RefusedRequest request{5, "screen", usd(5.4), 4, kNow};
  EXPECT_EQ(describe(*refusal, request),
            "budget.day of project tiny: 5 x screen would reserve $27.00; $22.10 of today's $40.00 "
            "is left "
            "(policies/default.toml:12:17)");
  const Error error = to_error(*refusal, request);
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_EQ(error.hint,
            "4 fit ($21.60) | wait for running work to settle, or cancel some | "
            "retry at 2026-07-02T00:00:00Z (in 5h10m). Spent $12.40, reserved $5.50.");
}

TEST(RefusalText, SaysNeverWhereTheCapItselfIsTooSmall) {  // L19
  const auto refusal = refuse({experiment()}, usd(31));
  EXPECT_EQ(describe(*refusal, {1, "validate", usd(31), 0, kNow}),
            "budget.experiment of experiment 042: 1 x validate would reserve $31.00; $30.00 of the "
            "experiment's $30.00 is "
            "left (policies/default.toml:12:17)");
  EXPECT_EQ(to_error(*refusal, {1, "validate", usd(31), 0, kNow}).hint,
            "never under this limit: a human may raise it. Spent $0.00, reserved $0.00.");
}

TEST(RefusalText, NamesThePlaceOfTheUnitThatBinds) {
  Balance total = global_total();
  total.cap = {Money::usd(100), 1h, "a.toml:1:1; b.toml:2:2"};
  const auto refusal = refuse({total}, {Money::usd(1), 90min});
  EXPECT_EQ(describe(*refusal, {1, "screen", {}, 0, kNow}),
            "budget.total_gpu_hours: 1 x screen would reserve 1.50 GPU-hours; 1.00 GPU-hours of "
            "the total 1.00 GPU-hours is "
            "left (b.toml:2:2)");
}

TEST(RefusalText, AHairTooMuchDoesNotReadAsEqual) {
  const auto refusal = refuse({project_day()}, {Money::micros(22'100'001), 0ms});
  EXPECT_NE(describe(*refusal, {1, "screen", {}, 0, kNow}).find("would reserve $22.11; $22.10 of"),
            std::string::npos);
}
