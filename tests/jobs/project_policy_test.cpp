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
  JobRow first() {
    return store()
        .read([](Reader& reader) { return find_job_by_number(reader, ProjectId{2}, 1); })
        .value()
        .value();
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

TEST_F(ProjectPolicy, FewerRetriesHoldForEveryJobOfTheProject) {
  set_policy(
      "policy = 1\n[budget]\ntotal = 10.00\n[jobs]\nmax_retries = 1\nmax_minutes = 30\n"
      "[stage.screen]\npools = [\"cpu\"]\n");
  restart();
  approved("[jobs]\nmax_retries = 0\n");
  ASSERT_TRUE(ask("fails"));
  until([&] { return first().state == JobState::kRunning; }, "the run");
  runner().end({first().id, 1}, {.exit_code = 1});
  until([&] { return first().state != JobState::kRunning; }, "its end");
  EXPECT_EQ(first().state, JobState::kFailed);
}

// The forecast of what waits knows the pools that the project left to a stage.
TEST_F(ProjectPolicy, FewerPoolsOfAStageAreForetoldAsTheyHold) {
  const std::string pool =
      "kind = \"cpu\"\ncount = 1\nprice = 1.20\nbilling = \"owned\"\nclass = \"A\"\n";
  set_pools("[pool.cpu]\n" + pool + "[pool.more]\n" + pool);
  set_policy(
      "policy = 1\n[budget]\ntotal = 10.00\n[jobs]\nmax_minutes = 30\n"
      "[stage.screen]\npools = [\"cpu\", \"more\"]\n");
  restart();
  approved("[stage.screen]\npools = [\"cpu\"]\n");
  ASSERT_TRUE(ask("first"));
  until([&] { return first().state == JobState::kRunning; }, "the run");
  EXPECT_EQ(ask("second").value().forecast.value().starts, std::chrono::minutes(30));
}

TEST_F(ProjectPolicy, AFolderThatWouldLoosenRefusesEverySubmit) {  // L17
  approved("[budget]\nday = 6.00\n[jobs]\nmax_minutes = 31\n");
  const Error error = refusal(ask("any"));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.message,
            "policies/ours.toml:4:15: max_minutes: 31m00s is looser than 30m00s "
            "(policies/default.toml:11:15)");
}

TEST_F(ProjectPolicy, WhatAnAgentWritesThereMeansNothing) {
  write("policies/ours.toml", "[budget]\nday = 0.01\n");
  SubmitRequest asked = request("from the work tree");
  asked.from = "worktree";
  EXPECT_TRUE(try_submit(asked));
}

}  // namespace
