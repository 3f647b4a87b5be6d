#include "server/policy/effective.h"

#include "server/policy/explain.h"
#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kTeam =
    kMinimal +
    "[jobs]\nmax_minutes = 30\n"                                                 // 9
    "[stage.validate]\npools = [\"cpu\"]\nmax_minutes = 60\ngpus_per_job = 8\n"  // 11
    "[[project]]\nmatch = \"tiny*\"\nday = 20\nexperiment = 3\n"                 // 15
    "[[project]]\nmatch = \"*\"\nday = 99\n"                                     // 19
    "[[agent]]\nmatch = \"intern-*\"\nday = 5\nexperiment = 4\nday_gpu_hours = 2\nstages = "
    "[\"screen\"]\n";

Policy team() { return parsed(kTeam).policy; }

}  // namespace

TEST(Effective, EachNodeHasItsOwnCapWithItsPlace) {
  const CapTree caps = caps_for(team(), {"mario", "tiny2", "screen"});
  EXPECT_EQ(caps.global.day.money, Money::usd(40));
  EXPECT_EQ(caps.global.day.source, "policies/default.toml:2:7");
  EXPECT_EQ(caps.project.day.money, Money::usd(20));
  EXPECT_EQ(caps.project.day.source, "policies/default.toml:17:7");
  EXPECT_EQ(caps.agent, NodeCaps{});
  EXPECT_EQ(caps.global.total, Cap{});
}

TEST(Effective, TheFirstMatchingRuleCounts) {
  EXPECT_EQ(caps_for(team(), {"mario", "tiny", "screen"}).project.day.money, Money::usd(20));
  EXPECT_EQ(caps_for(team(), {"mario", "other", "screen"}).project.day.money, Money::usd(99));
}

TEST(Effective, AnExperimentGetsTheSmallestOfAllLevels) {
  EXPECT_EQ(caps_for(team(), {"intern-7", "tiny", "screen"}).experiment.money, Money::usd(3));
  EXPECT_EQ(caps_for(team(), {"intern-7", "other", "screen"}).experiment.money, Money::usd(4));
  EXPECT_EQ(caps_for(team(), {"mario", "other", "screen"}).experiment.money, std::nullopt);
}

TEST(Effective, ASandboxIsLimitedLikeAnExperimentAndByItsOwnSectionToo) {
  const auto cap_of_one = [](const char* usd, bool sandbox) {
    const Policy policy = parsed(kTeam + "[sandbox]\nusd = " + usd + "\n").policy;
    return caps_for(policy, {"mario", "tiny", "screen", sandbox}).experiment;
  };
  EXPECT_EQ(cap_of_one("2", true).money, Money::usd(2));
  EXPECT_EQ(cap_of_one("2", true).source, "policies/default.toml:29:7");
  EXPECT_EQ(cap_of_one("7", true).money, Money::usd(3));
  EXPECT_EQ(cap_of_one("2", false).money, Money::usd(3));
}

TEST(Effective, AStageHasCapsOfItsOwnBesideThoseOfItsProject) {
  const Policy policy =
      parsed(kTeam + "[stage.night]\npools = [\"cpu\"]\nnight = 7\nround = 2\n").policy;
  const CapTree caps = caps_for(policy, {"mario", "tiny", "night"});
  EXPECT_EQ(caps.stage.night.money, Money::usd(7));
  EXPECT_EQ(caps.round.money, Money::usd(2));
  EXPECT_EQ(caps_for(policy, {"mario", "tiny", "screen"}).stage, NodeCaps{});
  EXPECT_EQ(cap_of(caps, NodeKind::kStage, WindowKind::kNight).money, Money::usd(7));
  EXPECT_EQ(cap_of(caps, NodeKind::kProject, WindowKind::kDay).money, Money::usd(20));
}

TEST(Effective, ACapInBothUnitsNamesBothPlaces) {
  const Cap cap = caps_for(team(), {"intern-7", "tiny", "screen"}).agent.day;
  EXPECT_EQ(cap.gpu_time, std::chrono::hours(2));
  EXPECT_EQ(cap.source, "policies/default.toml:24:7; policies/default.toml:26:17");
}

TEST(Effective, AStagesOwnNumbersReplaceThoseOfJobs) {
  const auto rules = rules_for(team(), "mario", "validate");
  ASSERT_TRUE(rules.has_value());
  EXPECT_EQ(rules->max_runtime.value, std::chrono::minutes(60));
  EXPECT_EQ(rules->gpus.value, 8);
  EXPECT_EQ(rules_for(team(), "mario", "screen")->max_runtime.value, std::chrono::minutes(30));
}

TEST(Effective, AnAgentHasOnlyTheStagesOfItsRule) {
  const auto refused = rules_for(team(), "intern-7", "validate");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(refused.error().message,
            "stage validate is not open to intern-7 (policies/default.toml:27:10)");
  EXPECT_TRUE(rules_for(team(), "intern-7", "screen").has_value());
}

TEST(Effective, AnUnknownStageNamesTheNearest) {
  const auto refused = rules_for(team(), "mario", "scren");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(refused.error().hint, "The stages are screen, validate. Did you mean \"screen\"?");
}

TEST(Effective, AnAgentMayAskForFewerGpusNeverForMore) {
  const auto rules = rules_for(team(), "mario", "validate");
  EXPECT_EQ(gpus_for(*rules, std::nullopt), 8);
  EXPECT_EQ(gpus_for(*rules, 4), 4);
  EXPECT_EQ(gpus_for(*rules, 9).error().kind, ErrorKind::kDenied);
  EXPECT_EQ(gpus_for(*rules, 0).error().kind, ErrorKind::kInvalid);
}

TEST(Effective, GlobsMatchWholeNames) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("intern-*", "intern-"));
  EXPECT_TRUE(glob_matches("a*b*c", "axxbyybzc"));
  EXPECT_TRUE(glob_matches("t?ny", "tiny"));
  EXPECT_FALSE(glob_matches("tiny", "tiny2"));
  EXPECT_FALSE(glob_matches("a*b", "acbd"));
  EXPECT_FALSE(glob_matches("?", ""));
}

TEST(Explain, NamesEachLimitItsPlaceAndTheSmallest) {
  EXPECT_EQ(
      explain(team(), {"intern-7", "tiny", "screen"}),
      "principal intern-7, project tiny, stage screen; days begin at midnight in UTC (built-in "
      "default)\n"
      "\n"
      "budget.day             $5.00                agent intern-7 (policies/default.toml:24:7)  <- "
      "smallest\n"
      "                       $20.00               project tiny (policies/default.toml:17:7)\n"
      "                       $40.00               global (policies/default.toml:2:7)\n"
      "budget.experiment      $4.00                agent intern-7 (policies/default.toml:25:14)\n"
      "                       $3.00                project tiny (policies/default.toml:18:14)  <- "
      "smallest\n"
      "budget.day_gpu_hours   2.00 GPU-hours       agent intern-7 (policies/default.toml:26:17)  "
      "<- smallest\n"
      "\n"
      "max_minutes            30m00s               (policies/default.toml:10:15)\n"
      "gpus_per_job           1                    (built-in default)\n"
      "max_concurrent         8                    (built-in default)\n"
      "max_queued             200                  (built-in default)\n"
      "max_retries            1                    (built-in default)\n"
      "pools                  cpu                  (policies/default.toml:4:9)\n");
}

TEST(Explain, NamesWhatMayHoldAJobOfTheStageBack) {
  const std::string text = explain(
      parsed("mode = \"warn\"\n" + kMinimal +
             "[stage.top]\npools = [\"cpu\"]\nspot = \"prefer\"\n"
             "requires = { promoted_from = \"screen\" }\n"
             "[[approve]]\nwhen = { stage = \"top\", usd_over = 25.00 }\n"
             "[[quiet]]\nwindow = \"Mon-Fri 09:00-11:00\"\npools = [\"cpu\"]\nreason = \"demo\"\n")
          .policy,
      {"mario", "tiny", "top"});
  EXPECT_TRUE(text.ends_with(
      "spot                   prefer               (policies/default.toml:12:8)\n"
      "requires               promoted_from screen by 0 (policies/default.toml:13:12)\n"
      "approval               over $25.00          (policies/default.toml:14:1)\n"
      "quiet                  09:00-11:00          (policies/default.toml:16:1)\n"
      "mode                   warn: nothing is refused (policies/default.toml:1:8)\n"))
      << text;
}

TEST(Explain, WithoutAStageEachIsExplainedAndAnUnknownOneNamesTheNearest) {
  const std::string all = explain_stages(team(), {"mario", "tiny", ""}).value();
  EXPECT_TRUE(all.starts_with("principal mario, project tiny, stage screen;")) << all;
  EXPECT_NE(all.find("\nprincipal mario, project tiny, stage validate;"), std::string::npos) << all;
  EXPECT_EQ(explain_stages(team(), {"mario", "tiny", "scren"}).error().hint,
            "The stages are screen, validate. Did you mean \"screen\"?");
}

TEST(Explain, CheckTellsWhatWasReadOrEveryMistake) {
  EXPECT_EQ(
      check_text(parse_rules({{"a.toml", kTeam}})),
      "ok: 2 stages, 1 pools, 2 project rules, 1 agent rules; days begin at midnight in UTC\n");
  EXPECT_TRUE(check_text(parse_rules({{"a.toml", with_day("-1")}}))
                  .ends_with("1 mistake; nothing of these files is in force\n"));
}
