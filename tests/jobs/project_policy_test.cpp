// The policies/ folder of a project's own repository: it only tightens.
#include <cstdlib>

#include "tests/jobs/night.h"

using namespace pawl;

namespace {

// A second project, whose first commit, which is its approved base, holds policies/ours.toml.
class ProjectPolicy : public Night {
 protected:
  void approved(const std::string& text) {
    std::filesystem::copy(user(), ours_, std::filesystem::copy_options::recursive);
    write("../ours/policies/ours.toml", text);
    const std::string git =
        "git -C '" + ours_.string() + "' -c user.name=h -c user.email=h@localhost ";
    const std::string rename =
        "sed -i 's/\"tiny\"/\"ours\"/' '" + (ours_ / "pawl.toml").string() + "'";
    ASSERT_EQ(std::system((rename + " && " + git + "add -A && " + git + "commit -qm ours").c_str()),
              0);
    const auto registered = service().init(owner());
    ASSERT_TRUE(registered) << registered.error().message;
  }
  Caller owner() const {
    Caller caller = agent();
    caller.directory = ours_.string();
    return caller;
  }
  Result<SubmitReply> ask(const std::string& title) {
    return service().submit(owner(), request(title));
  }

 private:
  const std::filesystem::path ours_ = top_ / "ours";
};

TEST_F(ProjectPolicy, ALowerDayOfTheRepositoryHoldsForThisProject) {
  approved("[budget]\nday = 0.60\n");
  const Error error = refusal(ask("over the day"));
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_TRUE(error.message.starts_with("budget.day of project ours: ")) << error.message;
  EXPECT_NE(error.message.find("policies/ours.toml:2:7"), std::string::npos) << error.message;
  EXPECT_TRUE(try_submit(request("of the other project")));
}

TEST_F(ProjectPolicy, FewerMinutesHoldForEveryJobOfTheProject) {
  approved("[jobs]\nmax_minutes = 10\n");
  EXPECT_EQ(ask("short").value().limit, std::chrono::minutes(10));
}

TEST_F(ProjectPolicy, AFolderThatWouldLoosenRefusesEverySubmit) {  // L17
  approved("[budget]\nday = 6.00\n[jobs]\nmax_minutes = 31\n");
  const Error error = refusal(ask("any"));
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
