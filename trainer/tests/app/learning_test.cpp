// That training learns, and that it is a function of its knobs.
#include "trainer/tests/app/library_run.h"
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class Learning : public Workspace {
 protected:
  Learning() { prepared(); }

  std::string bpb(const Words& more, const Words& environment = {}) const {
    const Outcome outcome = train(more, environment);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return value_of("val_bpb", outcome.out);
  }
  // The parameters after ten steps.
  std::string trained(const Words& more, const Words& environment = {}) const {
    bpb(Words{"--budget=5120", "--save", path("model.ckpt")} + more, environment);
    return blob_bytes(path("model.ckpt"));
  }
};

}  // namespace

// The best constant predictor, the frequencies of the validation split's own tokens, needs 2.797
// bits for a byte of it.
TEST_F(Learning, ATinyModelBeatsEveryConstantPredictor) {
  EXPECT_LT(std::stod(bpb({"--budget=60000"})), 0.7);
}

TEST_F(Learning, MoreTokensGiveALowerScore) {
  const double few = std::stod(bpb({"--budget=5000"}));
  const double more = std::stod(bpb({"--budget=20000"}));
  const double many = std::stod(bpb({"--budget=80000"}));
  EXPECT_LT(more, few - 0.2);
  EXPECT_LT(many, more - 0.05);
}

TEST_F(Learning, SeveralMicroBatchesLearnToo) {
  EXPECT_LT(std::stod(bpb({"--budget=60000", "--device_batch_size=2"})), 0.7);
}

// 361,344 operations a token are 185 million a step.
TEST_F(Learning, ABudgetOfOperationsIsOneOfSteps) {
  const Outcome outcome = train({"--budget_kind=flops", "--budget=1e9"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(value_of("num_steps", outcome.out), "6");
}

TEST_F(Learning, ABudgetOfSecondsIsUsedUpAndNotMuchMore) {
  for (const char* kind : {"--budget_kind=seconds", "--budget_kind=cpu_seconds"}) {
    const Outcome outcome = train({kind, "--budget=0.25"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_GE(std::stod(value_of("training_seconds", outcome.out)), 0.2) << kind;
  }
}

TEST_F(Learning, TheNumberOfThreadsChangesNoBit) {
  const std::string one = trained({"--threads=1"});
  EXPECT_TRUE(one == trained({"--threads=2"}));
  EXPECT_TRUE(one == trained({"--threads=3"}));
}

TEST_F(Learning, ASeedGivesTheSameModelAndAnotherSeedAnother) {
  const std::string first = trained({"--seed=5"});
  EXPECT_TRUE(first == trained({"--seed=5"}));
  EXPECT_FALSE(first == trained({"--seed=6"}));
}

TEST_F(Learning, PawlsSeedIsTheRunsUnlessAnArgumentSaysOtherwise) {
  const std::string five = trained({"--seed=5"});
  EXPECT_TRUE(five == trained({}, {"PAWL_SEED=5"}));
  EXPECT_TRUE(five == trained({"--seed=5"}, {"PAWL_SEED=6"}));
  EXPECT_FALSE(five == trained({}));
}

TEST_F(Learning, TheScoreOfASeedIsTheSameOnAnyNumberOfThreads) {
  const std::string one = bpb({"--budget=5120", "--threads=1"});
  EXPECT_EQ(one, bpb({"--budget=5120", "--threads=2"}));
  EXPECT_NE(one, bpb({"--budget=5120", "--seed=43"}));
}
