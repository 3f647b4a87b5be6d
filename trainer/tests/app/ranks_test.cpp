// Several processes that share each step's batch: the run that one would have had.
#include "trainer/tests/app/library_run.h"
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class RanksTest : public Workspace {
 protected:
  RanksTest() { prepared(); }

  // Steps of eight micro-batches. The run writes to `folder`, its last state to folder/latest.ckpt.
  Words arguments(int ranks, const std::string& folder, int steps) const {
    return train_arguments({"--total_batch_size=2048", "--device_batch_size=4", "--seed=7",
                            "--ranks=" + std::to_string(ranks),
                            "--budget=" + std::to_string(steps * 2048), "--run_dir", path(folder),
                            "--checkpoint_dir", path(folder)});
  }
  std::string last(const std::string& folder) const { return path(folder + "/latest.ckpt"); }
};

}  // namespace

TEST_F(RanksTest, TrainAsOneWould) {
  const Outcome one = run(arguments(1, "one", 20));
  const Outcome two = run(arguments(2, "two", 20));
  ASSERT_EQ(one.status, 0) << one.err;
  ASSERT_EQ(two.status, 0) << two.err;
  EXPECT_EQ(count_lines(read("two/metrics.jsonl")), 20);
  EXPECT_EQ(value_of("num_steps", two.out), "20");
  EXPECT_NEAR(std::stod(value_of("val_bpb", two.out)), std::stod(value_of("val_bpb", one.out)),
              2e-3);
}

// The model has some 80,000 numbers; each is added in the order of the ranks, whatever it travels
// with.
TEST_F(RanksTest, GetTheSameBitsWhenGradientsLeaveDuringTheBackwardPass) {
  const Outcome after =
      run(arguments(3, "after", 6) + Words{"--total_batch_size=3072", "--bucket_mb=0"});
  ASSERT_EQ(after.status, 0) << after.err;
  for (const char* bucket : {"0.000004", "0.05", "25"}) {
    const Outcome during =
        run(arguments(3, "during", 6) + Words{"--total_batch_size=3072", "--bucket_mb", bucket});
    ASSERT_EQ(during.status, 0) << during.err;
    EXPECT_TRUE(blob_bytes(last("during")) == blob_bytes(last("after"))) << bucket;
    std::filesystem::remove_all(path("during"));
  }
  EXPECT_NE(read("after/metrics.jsonl").find("\"exchange_seconds\":"), std::string::npos);
}

TEST_F(RanksTest, StopTogetherAndGoOnToTheBit) {
  const LineWatch watch(path("stopped/metrics.jsonl"));
  Program program(path(""), arguments(2, "stopped", 60));
  ASSERT_TRUE(watch.wait_for(3));
  program.send(SIGTERM);
  const Outcome stopped = program.wait();
  ASSERT_EQ(stopped.status, 143) << stopped.err;
  const std::size_t said = stopped.err.find("resumes it");
  ASSERT_NE(said, std::string::npos) << stopped.err;
  EXPECT_EQ(stopped.err.find("resumes it", said + 1), std::string::npos) << stopped.err;

  const Outcome resumed = run(arguments(2, "stopped", 60));
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  ASSERT_EQ(run(arguments(2, "whole", 60)).status, 0);
  EXPECT_EQ(blob_bytes(last("stopped")), blob_bytes(last("whole")));
}

TEST_F(RanksTest, ALossThatIsNotFiniteIsReportedOnce) {
  const Outcome outcome =
      run(arguments(2, "run", 200) + Words{"--matrix_lr=10", "--embedding_lr=100",
                                           "--unembedding_lr=10", "--weight_decay=10"});
  expect_refusal(outcome, {"loss nan at step ", "the first tensor that is not finite is "});
  EXPECT_EQ(outcome.out, "FAIL\n");
  EXPECT_EQ(outcome.err.find(" of 2: "), std::string::npos) << outcome.err;  // one for all
}

TEST_F(RanksTest, ABatchThatTheyCannotShareIsRefused) {
  expect_refusal(run(arguments(3, "run", 1)),
                 {"2,048 is not a multiple of 3 ranks x device_batch_size x context = 768"});
}
