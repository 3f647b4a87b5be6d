// The policies/ folder of a project's own repository: it only tightens.
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class ProjectPolicy : public Night {
 protected:
  // At the base that a human approved.
  void approved(const std::string& text) {
    commit("policies/ours.toml", text);
    ASSERT_TRUE(service().init(agent()));
  }
};

TEST_F(ProjectPolicy, ALowerDayOfTheRepositoryHoldsForThisProject) {
  approved("[budget]\nday = 0.62\n");
  finish(submit("first"), 1.5);
  const Error error = refusal(try_submit(request("second")));
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_TRUE(error.message.starts_with("budget.day of project tiny: ")) << error.message;
  EXPECT_NE(error.message.find("policies/ours.toml:2:7"), std::string::npos) << error.message;
}

TEST_F(ProjectPolicy, FewerMinutesHoldForEveryJobOfTheProject) {
  approved("[jobs]\nmax_minutes = 10\n");
  EXPECT_EQ(try_submit(request("short")).value().limit, std::chrono::minutes(10));
}

TEST_F(ProjectPolicy, AFolderThatWouldLoosenRefusesEverySubmit) {  // L17
  approved("[budget]\nday = 6.00\n[jobs]\nmax_minutes = 31\n");
  const Error error = refusal(try_submit(request("any")));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.message,
            "policies/ours.toml:4:15: max_minutes: loosens the policy "
            "(policies/default.toml:11:15)");
}

TEST_F(ProjectPolicy, WhatAnAgentWritesThereMeansNothing) {
  write("policies/ours.toml", "[budget]\nday = 0.01\n");
  SubmitRequest asked = request("from the work tree");
  asked.from = "worktree";
  EXPECT_TRUE(try_submit(asked));
}

}  // namespace
