// A dry run says what a submit would do, and leaves no trace.
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "server/core/digest.h"
#include "server/jobs/rehearsal.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class DryRun : public Night {
 protected:
  DryRunReply dry_run(const SubmitRequest& asked) {
    const auto reply = service().dry_run(agent(), {.one = asked});
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply.value_or(DryRunReply{});
  }
  DryRunReply dry_run() { return dry_run(request("one")); }
  static ReadinessCheck check(const DryRunReply& reply, const std::string& name) {
    const auto found = std::ranges::find(reply.checks, name, &ReadinessCheck::name);
    EXPECT_NE(found, reply.checks.end()) << name;
    return found == reply.checks.end() ? ReadinessCheck{} : *found;
  }

  // Database, its log, and every ref of both repositories.
  std::string everything() const {
    std::ostringstream text;
    for (const auto& file : {state() / "pawl.db", state() / "pawl.db-wal"}) {
      text << std::ifstream(file, std::ios::binary).rdbuf();
    }
    for (const auto& top : {state() / "repos", user() / ".git"}) {
      std::set<std::string> refs;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
        const std::string path = entry.path().string();
        if (!entry.is_regular_file() || path.find("/objects/") != std::string::npos) continue;
        std::ostringstream content;
        content << path << std::ifstream(path, std::ios::binary).rdbuf();
        refs.insert(content.str());
      }
      for (const std::string& ref : refs) text << ref;
    }
    return sha256_hex(text.str());
  }
};

TEST_F(DryRun, LeavesNoTraceInDatabaseOrRepositories) {
  finish(submit("earlier"), 1.5);
  write("new.txt", "not committed\n");
  SubmitRequest asked = request("x");
  asked.from = "worktree";
  const std::string before = everything();
  EXPECT_EQ(dry_run(asked).jobs, 1U);
  const DryRunRequest sweep{.many = {.grid = {{"lr", {0.1, 0.2}}}, .center = true}};
  EXPECT_EQ(service().dry_run(agent(), sweep).value().jobs, 3U);
  EXPECT_EQ(everything(), before);
  EXPECT_FALSE(std::filesystem::exists(state() / "rehearsal"));
}

TEST_F(DryRun, AnswersTenQuestionsInOneOrderEachWithEvidence) {
  const DryRunReply reply = dry_run();
  std::vector<std::string> names;
  for (const ReadinessCheck& check : reply.checks) {
    names.push_back(check.name);
    EXPECT_FALSE(check.evidence.empty()) << check.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"clean_checkout", "command", "parameters",
                                             "no_terminal", "metric", "frozen", "volumes",
                                             "outputs", "comparable", "environment"}));
}

TEST_F(DryRun, WhatNoRunHasShownYetIsUnknownAndSaysWhatWouldTell) {
  const DryRunReply reply = dry_run();
  for (const char* name : {"no_terminal", "metric", "comparable", "environment"}) {
    EXPECT_EQ(check(reply, name).verdict, Verdict::kUnknown) << name;
  }
  EXPECT_EQ(reply.expected, std::nullopt);
}

TEST_F(DryRun, AnEarlierRunIsTheEvidence) {
  finish(submit("earlier"), 1.5);
  const DryRunReply reply = dry_run();
  EXPECT_EQ(check(reply, "no_terminal").evidence,
            "job 001 ended with exit code 0 and /dev/null as its stdin");
  EXPECT_EQ(check(reply, "metric").evidence, "job 001 reported val_bpb = 1.5");
  EXPECT_EQ(check(reply, "metric").verdict, Verdict::kPass);
}

TEST_F(DryRun, CountsTheCheckoutAndTheFrozenFiles) {
  const DryRunReply reply = dry_run();
  EXPECT_EQ(reply.files, 3);
  EXPECT_EQ(check(reply, "clean_checkout").verdict, Verdict::kPass);
  EXPECT_NE(check(reply, "frozen").evidence.find("1 files have the same digests"),
            std::string::npos);
}

TEST_F(DryRun, AProgramThatIsNotExecutableFails) {  // train was committed without the bit
  const ReadinessCheck command = check(dry_run(), "command");
  EXPECT_EQ(command.verdict, Verdict::kFail);
  EXPECT_NE(command.evidence.find("./train --lr=0.5 --n="), std::string::npos) << command.evidence;
  std::filesystem::permissions(user() / "train", std::filesystem::perms::owner_all);
  SubmitRequest asked = request("x");
  asked.from = "worktree";
  EXPECT_EQ(check(dry_run(asked), "command").verdict, Verdict::kPass);
}

TEST_F(DryRun, ABrokenRuleIsAFailedCheckWithTheTextOfTheRefusal) {
  SubmitRequest cheat = request("cheat");
  cheat.variant.edits = {{"data.txt", "the words", "easier words"}};
  const DryRunReply frozen = dry_run(cheat);
  EXPECT_EQ(check(frozen, "frozen").verdict, Verdict::kFail);
  EXPECT_EQ(check(frozen, "frozen").evidence, refusal(try_submit(cheat)).message);
  EXPECT_FALSE(frozen.admitted);
  SubmitRequest wild = request("wild");
  wild.variant.params["lr"] = 5.0;
  EXPECT_EQ(check(dry_run(wild), "parameters").verdict, Verdict::kFail);
}

TEST_F(DryRun, ThreeRunsGiveAMedianAndAForecast) {
  for (const char* title : {"a", "b", "c"}) finish(submit(title), 1.5);
  const DryRunReply reply = dry_run();
  ASSERT_TRUE(reply.expected);
  EXPECT_EQ(reply.expected->time_p50, std::chrono::minutes(1));
  EXPECT_EQ(reply.expected->cost_p90, Money::micros(20'000));
  ASSERT_TRUE(reply.forecast);
  EXPECT_EQ(reply.forecast->ends, std::chrono::minutes(1));
  EXPECT_TRUE(reply.forecast->measured);
}

TEST_F(DryRun, RunsThatTookUnequallyLongSpreadTheForecast) {
  for (const char* title : {"a", "b", "c"}) finish(submit(title), 1.5);
  const std::int64_t slow = submit("d");
  running(slow);
  clock_.advance(std::chrono::minutes(4));
  finish(slow, 1.5);
  const auto forecast = dry_run().forecast;
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->ends, std::chrono::minutes(1));
  EXPECT_EQ(forecast->ends_p90, std::chrono::minutes(5));
}

TEST_F(DryRun, TheForecastStandsBehindWhatRunsAndWaits) {
  for (const char* title : {"a", "b", "c"}) finish(submit(title), 1.5);  // a minute each
  for (const char* title : {"d", "e", "f", "g"}) submit(title);          // on two slots
  running(4);
  running(5);
  const DryRunReply reply = dry_run();
  ASSERT_TRUE(reply.forecast);
  EXPECT_EQ(reply.forecast->starts, std::chrono::minutes(2));
  EXPECT_EQ(reply.forecast->ends, std::chrono::minutes(3));
}

TEST_F(DryRun, DuplicatesAreNamedWithTheirResult) {
  finish(submit("earlier"), 1.5);
  const DryRunReply reply = dry_run(request("earlier"));
  ASSERT_EQ(reply.duplicates.size(), 1U);
  EXPECT_EQ(reply.duplicates[0].job.value, 1.5);
  EXPECT_EQ(reply.worst_all, Money());
}

TEST_F(DryRun, WhatAKilledServerLeftIsRemovedByTheNext) {
  std::filesystem::create_directories(state() / "rehearsal/0123/work");
  remove_rehearsals(state());
  EXPECT_FALSE(std::filesystem::exists(state() / "rehearsal"));
}

TEST_F(DryRun, AMixOfOneChangeAndASweepIsRefused) {
  DryRunRequest mixed{.one = request("x"), .many = {.grid = {{"lr", {0.1}}}}};
  EXPECT_EQ(refusal(service().dry_run(agent(), mixed)).kind, ErrorKind::kInvalid);
}

// The same code decides both, so they cannot differ: random submits until the budget is gone.
TEST_F(DryRun, PromisesExactlyWhatTheSubmitThenDoes) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int refused = 0;
  for (int step = 0; step < 30; ++step) {
    SubmitRequest asked{.variant = {.title = "v"}, .from = "base"};
    asked.variant.params["n"] = static_cast<std::int64_t>(random() % 12);
    asked.repeat = 1 + static_cast<std::int64_t>(random() % 3);
    asked.minutes_max = 1 + static_cast<std::int64_t>(random() % 40);  // over 30 is denied
    const auto promised = service().dry_run(agent(), {.one = asked});
    const auto done = try_submit(asked);
    ASSERT_EQ(promised && promised->admitted, done.has_value());
    if (!done) {
      ++refused;
      EXPECT_EQ(promised ? promised->policy : promised.error().message, done.error().message);
      continue;
    }
    EXPECT_EQ(promised->worst_all, done->worst_case);
    EXPECT_EQ(promised->duplicates.size() + promised->jobs, done->jobs.size());
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
