// Knobs that no run can have, and runs that go wrong.
#include <sys/resource.h>

#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class BadRun : public Workspace {
 protected:
  BadRun() { prepared(); }

  Outcome train_one_step(const Words& more) const { return train(Words{"--budget=512"} + more); }
};

// While it lives no child gets more than `bytes` of address space.
class LittleMemory {
 public:
  explicit LittleMemory(rlim_t bytes) {
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;
  ~LittleMemory() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_F(BadRun, AKnobOutsideItsRangeIsRefusedWithTheLimit) {
  expect_refusal(train_one_step({"--depth=0"}), {"depth 0 is below 1"});
  expect_refusal(train_one_step({"--depth=65"}), {"depth 65 is above 64"});
  expect_refusal(train_one_step({"--seed=-1"}), {"seed -1 is below 0"});
  expect_refusal(train_one_step({"--matrix_lr=fast"}), {"matrix_lr ", "fast"});
  expect_refusal(train_one_step({"--budget_kind=token"}),
                 {"budget_kind \"token\" is none of seconds, tokens, flops, cpu_seconds",
                  "Did you mean \"tokens\"?"});
}

TEST_F(BadRun, AShapeThatTheOpsCannotDoIsRefused) {
  expect_refusal(train_one_step({"--head_dim=3"}), {"head_dim 3 is not a positive even number"});
  expect_refusal(train_one_step({"--window_pattern=SX"}),
                 {"window_pattern \"SX\" is not made of S and L"});
  expect_refusal(train_one_step({"--aspect_ratio=16", "--head_dim=16"}),
                 {"width 16 is not a multiple of head_dim 16 of at least 32", "Raise depth"});
}

TEST_F(BadRun, ABatchThatDoesNotDivideIsRefusedWithTheNearestThatDo) {
  expect_refusal(train_one_step({"--total_batch_size=1200"}),
                 {"total_batch_size 1,200 is not a multiple of device_batch_size x context = 512",
                  "1,024 or 1,536 would do."});
  expect_refusal(train_one_step({"--total_batch_size=100"}),
                 {"total_batch_size 100 is less than device_batch_size x context = 512"});
}

TEST_F(BadRun, AModelThatNoMachineHasMemoryForIsRefusedBeforeItIsUsed) {
  expect_refusal(train_one_step({"--depth=64", "--aspect_ratio=1", "--device_batch_size=65536",
                                 "--total_batch_size=4194304"}),
                 {"this model and batch need ", " GB are free", "Lower device_batch_size"});
}

TEST_F(BadRun, ABudgetOfNothingOrLessIsRefused) {
  expect_refusal(train({"--budget=0"}), {"budget of 0 tokens is not a finite amount above zero"});
  expect_refusal(train({"--budget=-5"}), {"budget of -5 tokens is not a finite amount above zero"});
  expect_refusal(train({"--budget=nan"}), {"budget nan is not a finite number"});
  expect_refusal(train({"--budget"}), {"--budget has no value"});
}

TEST_F(BadRun, AnUnknownInstructionSetIsToldWhichThereAre) {
  expect_refusal(train_one_step({"--isa=nonsense"}),
                 {"no instruction set \"nonsense\"", "Here are auto baseline"});
}

TEST_F(BadRun, GraphsWithoutAGpuAreRefused) {
  expect_refusal(train_one_step({"--graphs"}), {"graphs are a GPU's", "Leave --graphs out"});
}

TEST_F(BadRun, AnUnknownPresetOrConfigFileIsRefused) {
  expect_refusal(train_one_step({"--preset=20s"}),
                 {"there is no preset \"20s\"", "Did you mean \"10s\"?"});
  expect_refusal(train_one_step({"--config", path("none.toml")}),
                 {"could not open " + path("none.toml")});
  put(path("bad.toml"), "depth = 1\n\nsoftcap = \"high\"\n");
  expect_refusal(train_one_step({"--config", path("bad.toml")}),
                 {path("bad.toml") + ":3: softcap \"high\" is not a number"});
}

TEST_F(BadRun, AnEvaluationOfLessThanABatchIsRefusedBeforeTheFirstStep) {
  expect_refusal(train_one_step({"--eval_tokens=10", "--run_dir", path("run")}),
                 {"10 tokens of evaluation are less than one batch of 512"});
  EXPECT_EQ(count_lines(read("run/metrics.jsonl")), 0);
}

TEST_F(BadRun, AFolderThatCannotBeMadeIsRefused) {
  for (const char* knob : {"--run_dir", "--checkpoint_dir"}) {
    expect_refusal(train_one_step({knob, path("train.txt/run")}),
                   {"could not create " + path("train.txt/run") + ": Not a directory"});
  }
  expect_refusal(train_one_step({"--save", path("train.txt/model.ckpt")}),
                 {"could not create " + path("train.txt") + ": Not a directory"});
}

// Decay of 10 at a rate of 10 makes -99 w of each weight w that it acts on.
TEST_F(BadRun, ALossThatExplodesFailsTheRun) {
  const Outcome outcome =
      train({"--budget=100000", "--matrix_lr=10", "--embedding_lr=100", "--unembedding_lr=10",
             "--weight_decay=10", "--checkpoint_dir", path("kept"), "--save", path("model.ckpt")});
  expect_refusal(outcome,
                 {"loss nan at step ", " the step before); the first tensor that is not finite is ",
                  " numbers", "Lower the learning rates"});
  EXPECT_EQ(outcome.out, "FAIL\n");
  EXPECT_FALSE(std::filesystem::exists(path("kept/latest.ckpt")));
  EXPECT_FALSE(std::filesystem::exists(path("model.ckpt")));
}

// exp(z) is taken without subtracting the largest logit: a float holds exp(88).
TEST_F(BadRun, ASoftcapWhoseExponentialOverflowsIsRefused) {
  expect_refusal(train_one_step({"--softcap=1000", "--head_init=10"}), {"softcap 1000 is above "});
}

TEST_F(BadRun, ABatchThatDoesNotFitIntoMemoryIsToldWhatToLower) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers' shadow alone is larger than the limit";
#endif
  const LittleMemory memory(400'000'000);
  expect_refusal(train({"--device_batch_size=65536", "--total_batch_size=4194304"}),
                 {"not enough memory", "Lower device_batch_size"});
}
