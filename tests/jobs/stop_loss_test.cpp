// Failures alike stop a project until a human looks; a long row of nothing is told.
#include "server/store/outbox.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

constexpr const char* kCareful = R"(
policy = 1
timezone = "UTC"
[budget]
total = 10.00
[jobs]
max_concurrent = 2
max_queued = 20
max_minutes = 30
max_retries = 0
[stage.screen]
pools = ["cpu"]
[[stop_loss]]
name = "same-failure"
when = { same_error_signature = 2, within = "2h" }
action = "hold"
[[stop_loss]]
name = "no-progress"
when = { experiments_without_improvement = 3 }
action = "notify"
[notify]
on = ["best.improved"]
url = "http://127.0.0.1:9/"
)";

class StopLosses : public Night {
 protected:
  StopLosses() {
    set_policy(kCareful);
    restart();
  }
  void fail_job(const std::string& title) {
    end(submit(title), {.outcome = Outcome::kExited, .exit_code = 1, .metrics = "", .error = ""});
  }
  SubmitReply ask(const std::string& title) { return try_submit(request(title)).value(); }
  std::vector<std::string> told() {
    std::vector<std::string> kinds;
    const auto notes = store().read([](Reader& reader) { return list_notes(reader, 20); }).value();
    for (const Note& note : notes) kinds.push_back(note.kind);
    return kinds;
  }
};

TEST_F(StopLosses, FailuresAlikeHoldWhatComesNext) {
  fail_job("a");
  EXPECT_TRUE(ask("b").approval.empty());
  fail_job("c");
  const SubmitReply held = ask("d");
  EXPECT_EQ(held.approval, "a1");
  EXPECT_NE(held.held_for.find("2 jobs failed alike in 2h00m: user_code"), std::string::npos)
      << held.held_for;
}

TEST_F(StopLosses, AYesBeginsTheCountAnew) {
  fail_job("a");
  fail_job("b");
  ask("c");
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(service().approve({"ada", "cli", user().string()}, "a1", "found it"));
  EXPECT_TRUE(ask("d").approval.empty());
}

TEST_F(StopLosses, LongAgoIsForgotten) {
  fail_job("a");
  fail_job("b");
  clock_.advance(std::chrono::hours(3));
  EXPECT_TRUE(ask("c").approval.empty());
}

TEST_F(StopLosses, ARowOfNothingIsToldOnce) {
  for (const char* title : {"a", "b", "c", "d"}) finish(submit(title), 1.5);
  EXPECT_EQ(told(), (std::vector<std::string>{"stop_loss"}));
}

TEST_F(StopLosses, AKeepThatIsBetterIsTold) {
  finish(submit("base"), 1.5);
  ASSERT_TRUE(service().decide(agent(), "1", Decision::kKeep, "first"));
  finish(submit("better"), 1.2);
  ASSERT_TRUE(service().decide(agent(), "2", Decision::kKeep, "second"));
  EXPECT_EQ(told(), (std::vector<std::string>{"best.improved"}));
}

}  // namespace
