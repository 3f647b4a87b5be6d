// Checkpoints that a run must not go on from, and a disk without room for another.
#include <csignal>

#include "trainer/tests/app/library_run.h"
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class RefusedCheckpoint : public Workspace {
 protected:
  RefusedCheckpoint() {
    prepared();
    EXPECT_EQ(resume().status, 0);
  }

  Words knobs() const { return {"--budget=1024", "--checkpoint_dir", path("kept")}; }
  Outcome resume(const Words& more = {}) const { return train(knobs() + more); }
  std::string latest() const { return path("kept/latest.ckpt"); }
};

}  // namespace

TEST_F(RefusedCheckpoint, OfAnotherLearningRateIsRefusedWithTheKnobsName) {
  expect_refusal(resume({"--matrix_lr=0.03"}),
                 {"the checkpoint is of another run: it has matrix_lr = 0.02, this run "
                  "matrix_lr = 0.03",
                  "Resume with the knobs it began with, or give another checkpoint_dir."});
}

TEST_F(RefusedCheckpoint, OfAnotherSeedOrBudgetIsRefusedWithTheKnobsName) {
  expect_refusal(resume({"--seed=43"}), {"it has seed = 42, this run seed = 43"});
  expect_refusal(resume({"--budget=2048"}), {"it has budget = 1024.0, this run budget = 2048.0"});
}

TEST_F(RefusedCheckpoint, OnOtherThreadsIsNotRefused) {
  EXPECT_EQ(resume({"--threads=2", "--checkpoint_seconds=9"}).status, 0);
}

TEST_F(RefusedCheckpoint, OneThatIsDamagedIsRefusedByName) {
  std::string bytes = read("kept/latest.ckpt");
  bytes[bytes.size() / 2] ^= 1;
  put(latest(), bytes);
  expect_refusal(resume(), {latest() + " is damaged: blob \"", "is not what was written"});
  EXPECT_TRUE(read("kept/latest.ckpt") == bytes);
}

TEST_F(RefusedCheckpoint, OneThatIsCutShortIsRefusedByName) {
  const std::string bytes = read("kept/latest.ckpt");
  put(latest(), bytes.substr(0, bytes.size() / 2));
  expect_refusal(resume(), {latest() + " is truncated: it ends at byte "});
  put(latest(), bytes.substr(0, 40));
  expect_refusal(resume(), {latest() + " is truncated: it ends in its header"});
}

TEST_F(RefusedCheckpoint, AForeignFileIsRefusedByName) {
  put(latest(), "PK\x03\x04 a zip file");
  expect_refusal(resume(), {latest() + " is not a checkpoint of pawl-train", "PAWLCKPT"});
  put(latest(), "");
  expect_refusal(resume(), {latest() + " is not a checkpoint of pawl-train"});
}

TEST_F(RefusedCheckpoint, OneOfAnotherTokenizerIsRefusedByName) {
  ASSERT_EQ(prepare({"--out", path("other"), "--vocabulary=280"}).status, 0);
  expect_refusal(resume({"--data", path("other")}),
                 {latest() + " was made with another tokenizer: "});
  expect_refusal(run({"eval", "--checkpoint", latest(), "--data", path("other")}),
                 {latest() + " was made with another tokenizer: "});
}

// The snapshot has about a megabyte.
TEST_F(RefusedCheckpoint, AFullDiskLeavesTheSnapshotBefore) {
  const std::string kept = read("kept/latest.ckpt");
  expect_refusal(train_on_full_disk(300'000, knobs()),
                 {"could not write " + latest() + ": File too large"});
  EXPECT_TRUE(read("kept/latest.ckpt") == kept);
  EXPECT_FALSE(std::filesystem::exists(latest() + ".new"));
  const Outcome again = resume();
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_TRUE(again.err.starts_with("resumed from step 2 of " + latest())) << again.err;
}

TEST_F(RefusedCheckpoint, AFullDiskInTheMiddleOfARunDoesToo) {
  const Words endless = {"--budget=1e12", "--checkpoint_seconds=0.1", "--checkpoint_dir",
                         path("endless")};
  LibraryRun before(train_arguments(endless));
  std::filesystem::create_directories(path("endless"));
  must(before.steps(2).training().snapshot(path("endless/latest.ckpt")));
  const std::string kept = read("endless/latest.ckpt");
  expect_refusal(train_on_full_disk(300'000, endless),
                 {"could not write " + path("endless/latest.ckpt")});
  EXPECT_TRUE(read("endless/latest.ckpt") == kept);
}

// Forty lines of more than a hundred bytes.
TEST_F(RefusedCheckpoint, MetricsThatCannotBeWrittenDoNotEndTheRun) {
  const Outcome outcome = train_on_full_disk(3'000, {"--budget=20480", "--run_dir", path("run")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(value_of("num_steps", outcome.out), "40");
  EXPECT_NE(outcome.err.find("could not write " + path("run/metrics.jsonl")), std::string::npos);
  EXPECT_NE(outcome.err.find("The run goes on without metrics."), std::string::npos);
}
