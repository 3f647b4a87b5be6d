// The sections that hold, stop and tell.
#include "server/policy/policy_keys.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

Policy with(const std::string& section) { return parsed(kMinimal + section).policy; }
std::string mistake(const std::string& section) { return mistake_in(kMinimal + section); }

std::string days_of(const std::string& window) {
  const Policy policy = with("[[quiet]]\nwindow = \"" + window + "\"\nreason = \"demo\"\n");
  std::string days;
  for (const bool day : policy.quiet.at(0).days) days += day ? "x" : ".";
  return days;
}

std::string quiet_mistake(const std::string& window) {
  return mistake("[[quiet]]\nwindow = \"" + window + "\"\nreason = \"demo\"\n");
}

const std::string kStop = "[[stop_loss]]\nname = \"same\"\naction = \"hold\"\nwhen = ";

}  // namespace

TEST(WatchKeys, AnApprovalMatchesAStageAndAnAmount) {
  const Policy policy =
      with("[[approve]]\nwhen = { stage = \"screen\", usd_over = 25.00 }\nexpires = \"30m\"\n");
  const ApproveRule& rule = policy.approvals.at(0);
  EXPECT_EQ(rule.stage, "screen");
  EXPECT_EQ(rule.usd_over, Money::usd(25));
  EXPECT_EQ(rule.expires, std::chrono::minutes(30));
  EXPECT_EQ(rule.source, "policies/default.toml:9:1");
}

TEST(WatchKeys, AnApprovalStandsEightHoursWhereNothingIsSaid) {
  EXPECT_EQ(with("[[approve]]\nwhen = { usd_over = 0 }\n").approvals.at(0).expires,
            std::chrono::hours(8));
}

TEST(WatchKeys, AnApprovalThatMatchesNothingOrEverythingIsAMistake) {
  EXPECT_EQ(mistake("[[approve]]\nwhen = { stage = \"scren\" }\n"),
            "10:18 no stage is named \"scren\"");
  EXPECT_EQ(mistake("[[approve]]\nwhen = {}\n"), "10:8 when: matches everything");
  EXPECT_EQ(mistake("[[approve]]\nexpires = \"8h\"\n"), "9:1 [[approve]] lacks the key \"when\"");
  EXPECT_EQ(mistake("[[approve]]\nwhen = { usd_over = 1e3 }\n"),
            "10:8 when: usd_over: 1e3 is not a plain decimal");
  EXPECT_EQ(mistake("[[approve]]\nwhen = { usd_over = 1 }\nexpires = \"soon\"\n"),
            "11:11 expires: \"soon\" is not a duration");
  EXPECT_EQ(mistake("[[approve]]\nwhen = { usd_over = 1 }\nexpires = \"401d\"\n"),
            "11:11 expires: \"401d\" is not a duration");
}

TEST(WatchKeys, AQuietWindowNamesItsDays) {
  EXPECT_EQ(days_of("Mon-Fri 09:00-11:00"), "xxxxx..");
  EXPECT_EQ(days_of("Sat 22:00-02:00"), ".....x.");
  EXPECT_EQ(days_of("Sat-Mon 09:00-11:00"), "x....xx");
  EXPECT_EQ(days_of("Mon,Wed 09:00-24:00"), "x.x....");
  EXPECT_EQ(days_of("09:00-11:00"), "xxxxxxx");
}

TEST(WatchKeys, AQuietWindowThatOverlapsItselfIsAMistake) {
  EXPECT_EQ(quiet_mistake("Mon-Wed,Tue 09:00-11:00"),
            "10:10 window: the window overlaps itself: Tue stands twice");
  EXPECT_EQ(quiet_mistake("Mon-Fri 09:00-09:00"),
            "10:10 window: the window 09:00-09:00 is empty or a whole day");
  EXPECT_EQ(quiet_mistake("Moo 09:00-10:00"), "10:10 window: \"Moo\" does not name days");
}

TEST(WatchKeys, AQuietWindowHoldsInPoolsThatExist) {
  EXPECT_EQ(mistake("[[quiet]]\nwindow = \"09:00-11:00\"\npools = [\"h200\"]\nreason = \"demo\"\n"),
            "11:10 no pool is named \"h200\"");
}

TEST(WatchKeys, AStopLossHasExactlyOneCondition) {
  const StopLossRule alike =
      with(kStop + "{ same_error_signature = 3, within = \"2h\" }\n").stop_losses.at(0);
  EXPECT_EQ(alike.same_error_signature, 3);
  EXPECT_EQ(alike.within, std::chrono::hours(2));
  EXPECT_EQ(alike.action, StopAction::kHold);
  EXPECT_EQ(with(kStop + "{ experiments_without_improvement = 60 }\n")
                .stop_losses.at(0)
                .experiments_without_improvement,
            60);
  for (const char* when :
       {"{}", "{ same_error_signature = 3 }", "{ within = \"2h\" }",
        "{ experiments_without_improvement = 60, within = \"2h\" }",
        "{ same_error_signature = 3, within = \"2h\", experiments_without_improvement = 6 }"}) {
    EXPECT_EQ(mistake(kStop + when + "\n"), "12:8 when: needs one condition") << when;
  }
}

TEST(WatchKeys, TwoStopLossesOfOneNameAreAMistake) {
  const std::string rule = kStop + "{ experiments_without_improvement = 60 }\n";
  EXPECT_EQ(mistake(rule + rule), "14:8 \"same\" stands twice");
}

TEST(WatchKeys, ANotificationIsOfAnEventThatExists) {
  const Policy policy = with("[notify]\non = [\"budget.warn\"]\nurl = \"env:PAWL_NOTIFY_URL\"\n");
  EXPECT_EQ(policy.notify.on, std::vector<std::string>{"budget.warn"});
  EXPECT_EQ(policy.notify.url, "env:PAWL_NOTIFY_URL");
  EXPECT_EQ(mistake("[notify]\non = [\"budget.warm\"]\nurl = \"env:X\"\n"),
            "10:7 no event is named \"budget.warm\"");
  EXPECT_EQ(mistake("[notify]\non = [\"budget.warn\"]\nurl = \"ftp://x\"\n"),
            "11:7 url: \"ftp://x\" is no address");
  EXPECT_EQ(with("").notify, NotifyRule{});
}

TEST(WatchKeys, AStageMayRequireASuccessInAnother) {
  const Policy policy = with(
      "[stage.validate]\npools = [\"cpu\"]\nspot = \"prefer\"\n"
      "requires = { promoted_from = \"screen\", min_improvement = 0.001 }\n");
  EXPECT_EQ(policy.stages.at(1).needs->value, (Promotion{"screen", 0.001}));
  EXPECT_EQ(policy.stages.at(1).needs->source, "policies/default.toml:12:12");
  EXPECT_EQ(policy.stages.at(1).spot.value, Spot::kPrefer);
  EXPECT_EQ(policy.stages.at(0).spot.value, Spot::kNever);
}

TEST(WatchKeys, AStageRequiresOneThatExistsAndIsNotItself) {
  const std::string head = "[stage.validate]\npools = [\"cpu\"]\nrequires = ";
  EXPECT_EQ(mistake(head + "{ promoted_from = \"scren\" }\n"), "11:30 no stage is named \"scren\"");
  EXPECT_EQ(mistake(head + "{ promoted_from = \"validate\" }\n"),
            "11:30 a stage cannot require itself");
  EXPECT_EQ(mistake(head + "{ min_improvement = 0.1 }\n"),
            "11:12 requires: lacks the key \"promoted_from\"");
  EXPECT_EQ(mistake(head + "{ promoted_from = \"screen\", min_improvement = -1 }\n"),
            "11:12 requires: min_improvement: -1 is negative");
}

TEST(WatchKeys, SandboxesAreClosedWhereNothingIsSaid) {
  EXPECT_EQ(with("").sandbox.max_open.value, 0);
  const SandboxLimits sandbox =
      with("[sandbox]\nmax_open = 2\nusd = 4.00\nnetwork = \"allow\"\n").sandbox;
  EXPECT_EQ(sandbox.max_open.value, 2);
  EXPECT_EQ(sandbox.usd->value, Money::usd(4));
  EXPECT_TRUE(sandbox.network.value);
  EXPECT_EQ(sandbox.idle.value, std::chrono::minutes(10));
}
