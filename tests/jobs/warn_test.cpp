// mode = "warn": what the policy would have done is said, and nothing of it is done.
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class OnlyWarns : public Night {
 protected:
  void begin(const std::string& more, const std::string& top = "") {
    set_policy("policy = 1\ntimezone = \"UTC\"\nmode = \"warn\"\n" + top +
               "[budget]\ntotal = 10.00\n" + more);
    restart();
  }
  std::string why_placed(std::int64_t number) {
    return service().job(agent(), std::to_string(number)).value().attempts.at(0).why;
  }
};

TEST_F(OnlyWarns, OneJobMoreThanMayRunAtOnceRunsAllTheSame) {
  begin("[jobs]\nmax_concurrent = 1\n[stage.screen]\npools = [\"cpu\"]\n");
  running(submit("first"));
  const std::int64_t second = submit("second");
  running(second);
  EXPECT_TRUE(why_placed(second).ends_with(
      "; would have waited: 1 of at most 1 jobs run (policies/default.toml:7:18)"))
      << why_placed(second);
}

TEST_F(OnlyWarns, SoDoesOneOfAStageThatIsFull) {
  begin("[stage.screen]\npools = [\"cpu\"]\nmax_concurrent = 1\n");
  running(submit("first"));
  const std::int64_t second = submit("second");
  running(second);
  EXPECT_NE(why_placed(second).find("would have waited: 1 of at most 1 screen jobs run"),
            std::string::npos)
      << why_placed(second);
}

TEST_F(OnlyWarns, QuietHoursKeepNothingWaiting) {
  begin(
      "[stage.screen]\npools = [\"cpu\"]\n"
      "[[quiet]]\nwindow = \"00:00-12:00\"\npools = [\"cpu\"]\nreason = \"a demo\"\n"
      "[[quiet]]\nwindow = \"12:00-00:00\"\npools = [\"cpu\"]\nreason = \"a demo\"\n");
  const std::int64_t job = submit("in the demo");
  running(job);
  EXPECT_NE(why_placed(job).find("would have waited: until "), std::string::npos)
      << why_placed(job);
}

TEST_F(OnlyWarns, ALoweredCapEndsNothing) {
  begin("on_cut = \"kill\"\n[stage.screen]\npools = [\"cpu\"]\n");
  const std::int64_t job = submit("goes on");
  running(job);
  begin("on_cut = \"kill\"\nday = 0.01\n[stage.screen]\npools = [\"cpu\"]\n");
  running(submit("starts after the look at what runs"));
  EXPECT_EQ(row(job).state, JobState::kRunning);
}

}  // namespace
