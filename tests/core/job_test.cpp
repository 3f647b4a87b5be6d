#include "server/core/job.h"

#include <gtest/gtest.h>

using namespace pawl;

TEST(JobStates, TerminalStatesAbsorbEveryEvent) {  // Q4
  for (const JobState state :
       {JobState::kSucceeded, JobState::kFailed, JobState::kTimedOut, JobState::kCancelled}) {
    for (int event = 0; event <= static_cast<int>(JobEvent::kEvaluation); ++event) {
      EXPECT_EQ(next(state, static_cast<JobEvent>(event)), std::nullopt);
    }
  }
}

TEST(JobStates, OnceCancellingOnlyConfirmedDeathFollows) {  // Q6
  EXPECT_EQ(next(JobState::kCancelling, JobEvent::kConfirmedDead), JobState::kCancelled);
  EXPECT_EQ(next(JobState::kCancelling, JobEvent::kRetry), std::nullopt);
  EXPECT_EQ(next(JobState::kCancelling, JobEvent::kExitedWell), std::nullopt);
}

TEST(JobStates, NamesRoundTrip) {
  EXPECT_EQ(name_of(JobState::kTimedOut), "timed_out");
  EXPECT_EQ(job_state("timed_out"), JobState::kTimedOut);
  EXPECT_EQ(job_state("Running"), std::nullopt);
  EXPECT_EQ(name_of(Reason::kRunnerLost), "runner_lost");
  EXPECT_EQ(reason("no_metric"), Reason::kNoMetric);
}
