// Training inside this process: that a snapshot is the whole state of a run.
#include "trainer/app/training.h"

#include <algorithm>

#include "trainer/tests/app/library_run.h"
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class TrainingState : public Workspace {
 protected:
  TrainingState() { prepared(); }

  LibraryRun start(const Words& more = {}) const {
    return LibraryRun(train_arguments(Words{"--budget=6144", "--seed=7"} + more));
  }
  void snapshot(LibraryRun& run, const std::string& name) const {
    must(run.training().snapshot(path(name)));
  }
  Result<void> restore(LibraryRun& run, const std::string& name) const {
    return run.training().restore(must(Checkpoint::open(path(name))));
  }
};

const Words kFourMicroBatches = {"--device_batch_size=2"};

}  // namespace

TEST_F(TrainingState, ARestoredRunGoesOnBitForBit) {
  LibraryRun whole = start(), first = start(), second = start();
  snapshot(whole.steps(12), "whole.ckpt");
  snapshot(first.steps(5), "half.ckpt");
  must(restore(second, "half.ckpt"));
  snapshot(second.steps(7), "resumed.ckpt");
  expect_same_run(path("whole.ckpt"), path("resumed.ckpt"));
  EXPECT_TRUE(second.training().meter().is_spent());
}

TEST_F(TrainingState, SoDoesARunOfSeveralMicroBatches) {
  LibraryRun whole = start(kFourMicroBatches), first = start(kFourMicroBatches);
  LibraryRun second = start(kFourMicroBatches);
  snapshot(whole.steps(12), "whole.ckpt");
  snapshot(first.steps(5), "half.ckpt");
  must(restore(second, "half.ckpt"));
  snapshot(second.steps(7), "resumed.ckpt");
  expect_same_run(path("whole.ckpt"), path("resumed.ckpt"));
}

TEST_F(TrainingState, AStopInsideAStepIsAStopBeforeIt) {
  LibraryRun whole = start(kFourMicroBatches), stopped = start(kFourMicroBatches);
  LibraryRun resumed = start(kFourMicroBatches);
  snapshot(whole.steps(12), "whole.ckpt");
  EXPECT_FALSE(stopped.steps(5).interrupted_step(3));
  EXPECT_EQ(stopped.training().steps(), 5);
  snapshot(stopped, "stopped.ckpt");
  must(restore(resumed, "stopped.ckpt"));
  snapshot(resumed.steps(7), "resumed.ckpt");
  expect_same_run(path("whole.ckpt"), path("resumed.ckpt"));
}

TEST_F(TrainingState, ASnapshotThatIsRestoredAtOnceIsTheSameSnapshot) {
  LibraryRun run = start(), other = start();
  snapshot(run.steps(3), "a.ckpt");
  must(restore(other, "a.ckpt"));
  snapshot(other, "b.ckpt");
  EXPECT_TRUE(read("a.ckpt") == read("b.ckpt"));
}

TEST_F(TrainingState, TheWarmUpLeavesNoTrace) {
  LibraryRun run = start();
  snapshot(run, "start.ckpt");
  const ModelShape& shape = run.training().model().shape();
  const std::vector<float> initial = initial_parameters(shape, {}, 7);
  const std::span<const float> parameters(run.training().model().parameters(), initial.size());
  EXPECT_TRUE(std::ranges::equal(parameters, initial));
  const std::size_t bytes = 4 * initial.size();
  const Checkpoint start_of_run = must(Checkpoint::open(path("start.ckpt")));
  const auto is_zero = [](std::byte byte) { return byte == std::byte{}; };
  EXPECT_TRUE(std::ranges::all_of(must(start_of_run.blob("optimizer.first", bytes)), is_zero));
  const std::string blobs = blob_bytes(path("start.ckpt"));  // the last one is optimizer.second
  EXPECT_EQ(blobs.substr(blobs.size() - bytes).find_first_not_of('\0'), std::string::npos);
  EXPECT_EQ(run.training().meter().used(), 0);
}

TEST_F(TrainingState, OtherDataOfTheSameTokenizerIsRefused) {
  LibraryRun run = start();
  snapshot(run.steps(1), "a.ckpt");
  put(path("train.txt"), synthetic_text(3, 300));
  ASSERT_EQ(prepare({"--tokenizer", path("data/tokenizer.tiktoken"), "--out", path("more")}).status,
            0);
  LibraryRun other = start({"--data", path("more")});
  EXPECT_EQ(message_of(restore(other, "a.ckpt")),
            "the packer's state belongs to other data or options");
}

TEST_F(TrainingState, AnotherShapeIsRefusedBeforeAnyKnob) {
  LibraryRun run = start();
  snapshot(run.steps(1), "a.ckpt");
  LibraryRun wider = start({"--aspect_ratio=96"});
  EXPECT_NE(message_of(restore(wider, "a.ckpt")).find("was made with another model shape"),
            std::string::npos);
}
