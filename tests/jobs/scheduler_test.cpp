#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Scheduling : public Night {
 protected:
  std::int64_t submit_as(const std::string& name, const std::string& title) {
    return service().submit(agent(name), request(title)).value().jobs.at(0).job.number;
  }
};

TEST_F(Scheduling, NeverMoreRunThanThereAreSlots) {  // Q11
  for (int i = 0; i < 6; ++i) submit("job " + std::to_string(i));
  until([&] { return runner().launches() == 2; }, "two launches");
  EXPECT_EQ(service().status().value().live, 2);
  finish(1, 1.5);
  until([&] { return runner().launches() == 3; }, "the third launch");
  EXPECT_EQ(service().status().value().live, 2);
}

TEST_F(Scheduling, AgentsTakeTurnsThenSubmissionOrderCounts) {  // Q12
  const std::int64_t first = submit_as("greedy", "g1");
  const std::int64_t second = submit_as("greedy", "g2");
  const std::int64_t third = submit_as("greedy", "g3");
  running(first);
  running(second);
  const std::int64_t late = submit_as("modest", "m1");
  finish(first, 1.5);
  running(late);
  EXPECT_EQ(row(third).state, JobState::kQueued);
}

TEST_F(Scheduling, AQueuedJobSaysWhyItWaits) {
  submit("a");
  submit("b");
  const std::int64_t waiting = submit("c");
  const auto reason = [&] {
    return service().job(agent(), std::to_string(waiting)).value().line.reason;
  };
  until([&] { return reason() != Reason::kNone; }, "a reason");
  EXPECT_EQ(row(waiting).state, JobState::kQueued);
  EXPECT_EQ(reason(), Reason::kConcurrency);
}

TEST_F(Scheduling, ADayThatIsSpentLetsJobsWaitForTheNext) {  // L1, L9
  set_policy(
      "policy = 1\ntimezone = \"UTC\"\n[budget]\ntotal = 10.00\nday = 0.62\n[jobs]\nmax_concurrent "
      "= 2\n"
      "max_queued = 20\nmax_minutes = 30\n[stage.screen]\npools = [\"cpu\"]\n");
  restart();
  finish(submit("today"), 1.5);  // leaves 0.60: less than a worst case
  EXPECT_EQ(refusal(try_submit(request("too late"))).kind, ErrorKind::kDenied);
  clock_.advance(std::chrono::hours(5));  // past midnight
  finish(submit("tomorrow"), 1.4);
  EXPECT_EQ(total().spent.money, Money::micros(40'000));
}

TEST_F(Scheduling, AJumpOfTheWallClockBuysNoFreshDay) {  // L16
  set_policy(
      "policy = 1\ntimezone = \"UTC\"\n[budget]\nday = 0.62\n[jobs]\nmax_concurrent = 2\n"
      "max_queued = 20\nmax_minutes = 30\n[stage.screen]\npools = [\"cpu\"]\n");
  restart();
  finish(submit("today"), 1.5);
  clock_.jump(std::chrono::hours(24));
  EXPECT_EQ(refusal(try_submit(request("time travel"))).kind, ErrorKind::kDenied);
}

TEST_F(Scheduling, TheQueueHasALimit) {
  set_policy(
      "policy = 1\ntimezone = \"UTC\"\n[budget]\ntotal = 100.00\n[jobs]\nmax_concurrent = 1\n"
      "max_queued = 2\nmax_minutes = 30\n[stage.screen]\npools = [\"cpu\"]\n");
  restart();
  running(submit("runs"));
  submit("a");
  submit("b");
  const Error full = refusal(try_submit(request("c")));
  EXPECT_EQ(full.kind, ErrorKind::kDenied);
  EXPECT_NE(full.message.find("max_queued"), std::string::npos) << full.message;
}

TEST_F(Scheduling, LaunchesStopWhileTheLedgerDoesNotAddUp) {  // L2
  world().launches_stopped = true;
  const std::int64_t job = submit("waits");
  until([&] { return row(job).state == JobState::kQueued; }, "the queue");
  EXPECT_EQ(runner().launches(), 0U);
}

TEST_F(Scheduling, AnEndThatNobodyToldIsFoundWithinAMinute) {  // Q9
  const std::int64_t job = submit("forgotten");
  runner().end_unheard(running(job), {.metrics = "{\"val_bpb\":1.5}\n"});
  clock_.advance(std::chrono::minutes(1));
  world().bell.ring();
  until_state(job, JobState::kSucceeded);
}

TEST_F(Scheduling, ARunSeesOnlyTheEnvironmentItIsGiven) {
  setenv("PAWL_TEST_SECRET", "hunter2", 1);
  const std::int64_t job = submit("curious");
  const LaunchSpec spec = runner().spec(running(job));
  unsetenv("PAWL_TEST_SECRET");
  for (const std::string& variable : spec.env)
    EXPECT_EQ(variable.find("hunter2"), std::string::npos);
  EXPECT_NE(std::ranges::find(spec.env, "PAWL_SEED=42"), spec.env.end());
}

TEST_F(Scheduling, TheCommandGetsItsParameters) {
  SubmitRequest asked = request("with parameters");
  asked.variant.params = {{"lr", 0.25}, {"n", std::int64_t{7}}};
  const auto job = try_submit(asked).value().jobs.at(0).job.number;
  EXPECT_EQ(runner().spec(running(job)).command,
            (std::vector<std::string>{"./train", "--lr=0.25", "--n=7"}));
}

TEST_F(Scheduling, EveryArtifactOfTheRunFolderIsThere) {
  const std::int64_t job = submit("complete");
  const std::filesystem::path folder = runner().spec(running(job)).attempt.folder;
  finish(job, 1.5);
  until([&] { return std::filesystem::exists(folder / "record/result.json"); }, "result.json");
  for (const char* name :
       {"record/config.json", "record/env.json", "record/source.json", "record/cost.json",
        "record/status.json", "record/result.json", "record/REPRODUCE.md", "run/config.json",
        "run/metrics.jsonl", "run/artifacts"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
}

}  // namespace
