// Curves through the service: of the last attempt, and of jobs that still run.
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Curves : public Night {
 protected:
  void write_metrics(AttemptId attempt, const std::string& text) {
    std::ofstream(runner().spec(attempt).attempt.folder / "run" / "metrics.jsonl") << text;
  }
  MetricsReply read(const MetricsRequest& request) {
    return service().metrics(agent(), request).value();
  }
  static std::string falling(int steps) {
    std::string text;
    for (int i = 1; i <= steps; ++i) {
      text += "{\"step\":" + std::to_string(i) + ",\"train_loss\":" + std::to_string(5 - i * 0.01) +
              ",\"lr\":0.1}\n";
    }
    return text;
  }
};

TEST_F(Curves, AreThereWhileTheJobRuns) {
  const std::int64_t job = submit("long");
  write_metrics(running(job), falling(50));
  const MetricsReply reply = read({.jobs = {"001"}});
  ASSERT_EQ(reply.curves.size(), 1U);
  EXPECT_EQ(reply.curves[0].key, "train_loss");
  EXPECT_EQ(reply.curves[0].judgement.verdict, CurveVerdict::kImproving);
  EXPECT_EQ(reply.live, std::vector<std::string>{"001"});
  EXPECT_EQ(reply.other_keys, std::vector<std::string>{"lr"});
}

TEST_F(Curves, OfAFinishedJobComeWithItsGoalLastWhereThatIsASingleValue) {
  const std::int64_t job = submit("done");
  end(job, {.metrics = falling(20) + "{\"val_bpb\":1.5}\n"});
  const MetricsReply reply = read({.jobs = {"001"}});
  ASSERT_EQ(reply.curves.size(), 2U);
  EXPECT_EQ(reply.curves[0].key, "train_loss");
  EXPECT_EQ(reply.curves[1].key, "val_bpb");
  EXPECT_TRUE(reply.live.empty());
}

TEST_F(Curves, SayWhyThereIsNone) {
  const std::int64_t silent = submit("silent");
  running(silent);
  running(submit("writes other keys"));
  write_metrics(running(2), "{\"step\":1,\"lr\":1}\n");
  submit("waits for a slot");
  const MetricsReply reply = read({.jobs = {"001", "002", "003"}});
  EXPECT_TRUE(reply.curves.empty());
  EXPECT_EQ(reply.absent, (std::vector<std::string>{"001 wrote no metrics.jsonl",
                                                    "002 has none of these keys in 1 lines",
                                                    "003 has not started"}));
}

TEST_F(Curves, OfManyJobsAreOfTheFirstEight) {
  for (const char* title : {"first", "second"}) {
    SweepRequest sweep{.title = title, .base = "base"};
    for (int i = 0; i < 5; ++i) {
      sweep.variants.push_back(request(title + std::to_string(i)).variant);
    }
    const auto round = service().submit_sweep(agent(), sweep).value();
    for (const SubmittedJob& job : round.jobs) finish(job.job.number, 1.5);
  }
  const MetricsReply reply = read({.jobs = {"r1", "r2"}});
  EXPECT_EQ(reply.curves.size(), 8U);
  EXPECT_EQ(reply.absent, std::vector<std::string>{"2 more jobs: name up to 8"});
}

TEST_F(Curves, OfAJobThatIsNotThereAreNotFound) {
  EXPECT_EQ(refusal(service().metrics(agent(), {.jobs = {"099"}})).kind, ErrorKind::kNotFound);
}

}  // namespace
