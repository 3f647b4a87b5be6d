// A run that a signal stops, and the run that goes on.
#include <csignal>

#include "trainer/core/clock.h"
#include "trainer/tests/app/library_run.h"
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

// The budget is never used up: only a signal ends these runs.
class Resume : public Workspace {
 protected:
  Resume() { prepared(); }

  Words arguments(const Words& more = {}) const {
    return train_arguments(Words{"--budget=1e12", "--seed=7", "--run_dir", path("run"),
                                 "--checkpoint_dir", path("kept")} +
                           more);
  }
  std::string latest() const { return path("kept/latest.ckpt"); }

  // Runs until metrics.jsonl has so many lines, and sends the signal.
  Outcome stop_at(int lines, int signal, const Words& more = {}) {
    const LineWatch watch(path("run/metrics.jsonl"));
    Program program(path(""), arguments(more));
    EXPECT_TRUE(watch.wait_for(lines));
    const double sent = monotonic_seconds();
    program.send(signal);
    Outcome outcome = program.wait();
    EXPECT_LT(monotonic_seconds() - sent, 2) << "seconds to write a checkpoint and end";
    return outcome;
  }
  int metric_lines() const { return count_lines(read("run/metrics.jsonl")); }

  void expect_each_step_once() const {
    std::istringstream lines(read("run/metrics.jsonl"));
    std::int64_t step = 0;
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(line.starts_with("{\"step\":" + std::to_string(++step) + ",")) << line;
    }
    EXPECT_EQ(step, state_of<std::int64_t>(latest(), "steps"));
  }

  void expect_as_uninterrupted(const Words& more) const {
    LibraryRun whole(arguments(more));
    must(whole.steps(metric_lines()).training().snapshot(path("whole.ckpt")));
    expect_same_run(path("whole.ckpt"), latest());
  }
};

}  // namespace

TEST_F(Resume, ASignalEndsTheRunWithItsStatusAndACheckpoint) {
  const Outcome outcome = stop_at(3, SIGTERM);
  EXPECT_EQ(outcome.status, 143) << outcome.err;
  EXPECT_NE(outcome.err.find("stopped by signal 15 before step "), std::string::npos);
  EXPECT_NE(outcome.err.find(latest() + " resumes it"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  expect_each_step_once();
}

TEST_F(Resume, AnInterruptDoesToo) {
  EXPECT_EQ(stop_at(3, SIGINT).status, 130);
  EXPECT_TRUE(std::filesystem::exists(latest()));
}

TEST_F(Resume, WithoutACheckpointFolderNothingIsKept) {
  const Outcome outcome = stop_at(3, SIGTERM, {"--checkpoint_dir="});
  EXPECT_EQ(outcome.status, 143);
  EXPECT_NE(outcome.err.find("nothing is kept: there is no checkpoint_dir"), std::string::npos);
}

TEST_F(Resume, AResumedRunIsTheUninterruptedOneBitForBit) {
  ASSERT_EQ(stop_at(3, SIGTERM).status, 143);
  const Outcome resumed = stop_at(metric_lines() + 3, SIGTERM);
  ASSERT_EQ(resumed.status, 143) << resumed.err;
  EXPECT_TRUE(resumed.err.starts_with("resumed from step ")) << resumed.err;
  expect_each_step_once();
  expect_as_uninterrupted({});
}

TEST_F(Resume, SoIsOneOfSeveralMicroBatchesAndOtherThreads) {
  const Words micro_batches = {"--total_batch_size=4096", "--device_batch_size=4"};
  ASSERT_EQ(stop_at(3, SIGTERM, micro_batches).status, 143);
  ASSERT_EQ(stop_at(metric_lines() + 2, SIGTERM, micro_batches + Words{"--threads=2"}).status, 143);
  ASSERT_EQ(stop_at(metric_lines() + 2, SIGINT, micro_batches).status, 130);
  expect_each_step_once();
  expect_as_uninterrupted(micro_batches);
}

TEST_F(Resume, SnapshotsOnTheWayOutliveAKill) {
  const Words often = {"--checkpoint_seconds=0.1"};
  const LineWatch watch(latest());
  Program killed(path(""), arguments(often));
  ASSERT_TRUE(watch.wait_for(1));
  killed.send(SIGKILL);
  ASSERT_EQ(killed.wait().status, -SIGKILL);
  const int written = metric_lines();  // some of them behind the snapshot
  ASSERT_EQ(stop_at(written + 3, SIGTERM).status, 143);
  expect_each_step_once();
  expect_as_uninterrupted({});
}

TEST_F(Resume, AFinishedRunIsJudgedAgainAndNotTrained) {
  const Words finite = {"--budget=1024"};
  const Outcome first = run(arguments(finite));
  const Outcome second = run(arguments(finite));
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_TRUE(second.err.starts_with("resumed from step 2 of ")) << second.err;
  EXPECT_EQ(value_of("val_bpb", first.out), value_of("val_bpb", second.out));
  EXPECT_EQ(metric_lines(), 2);
}
