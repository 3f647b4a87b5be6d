// What is done and told while a human sleeps: quiet hours, cut caps, thresholds, runs that hang.
#include "server/jobs/watch.h"

#include "server/store/outbox.h"
#include "server/store/pool_records.h"
#include "tests/jobs/night.h"

using namespace pawl;
using std::chrono::minutes;

namespace {

std::string policy_with(const std::string& budget, const std::string& more) {
  return "policy = 1\ntimezone = \"UTC\"\n[budget]\n" + budget +
         "\n[jobs]\nmax_concurrent = 2\nmax_queued = 20\nmax_minutes = 30\nmax_retries = 0\n"
         "[stage.screen]\npools = [\"cpu\"]\n" +
         more +
         "[notify]\nurl = \"http://127.0.0.1:9/\"\non = [\"budget.warn\", \"budget.exhausted\", "
         "\"run.stuck\", \"agent.silent\", \"morning.report\"]\n";
}

class Watching : public Night {
 protected:
  void begin(const std::string& budget, const std::string& more = "") {
    set_policy(policy_with(budget, more));
    restart();
  }
  std::vector<Note> told(const std::string& kind) {
    auto notes = store().read([](Reader& reader) { return list_notes(reader, 50); }).value();
    std::erase_if(notes, [&](const Note& note) { return note.kind != kind || !note.wanted; });
    return notes;
  }
  void until_told(const std::string& kind) {
    until(
        [&] {
          world().bell.ring();
          return !told(kind).empty();
        },
        kind);
  }
};

TEST_F(Watching, AJobWaitsForTheEndOfQuietHoursAndSaysSo) {  // Sunday, 20:00
  begin("total = 10.00",
        "[[quiet]]\nwindow = \"Sun 20:00-21:00\"\npools = [\"cpu\"]\n"
        "reason = \"the demo slot\"\n");
  const std::int64_t job = submit("waits");
  const auto line = [&] { return service().job(agent(), std::to_string(job)).value().line; };
  until([&] { return line().reason == Reason::kQuiet; }, "the reason");
  EXPECT_TRUE(line().detail.starts_with("until 21:00, quiet: the demo slot (policies/default.toml"))
      << line().detail;
  clock_.advance(minutes(60));
  world().bell.ring();
  running(job);
}

TEST_F(Watching, TheForecastCountsQuietHours) {  // Sunday, 20:00
  begin("total = 10.00",
        "[[quiet]]\nwindow = \"Sun 20:00-21:00\"\npools = [\"cpu\"]\n"
        "reason = \"the demo slot\"\n");
  const auto forecast = try_submit(request("waits")).value().forecast;
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->starts, minutes(60));
}

TEST_F(Watching, ALoweredCapEndsTheNewestWorkFirst) {  // L10
  begin("total = 10.00");
  const std::int64_t first = submit("older");
  running(first);
  clock_.advance(minutes(1));
  const AttemptId second = running(submit("newer"));
  set_policy(policy_with("total = 0.70\non_cut = \"kill\"", ""));
  restart();
  until_state(2, JobState::kCancelling);
  EXPECT_NE(row(2).detail.find("on_cut"), std::string::npos) << row(2).detail;
  EXPECT_EQ(row(first).state, JobState::kRunning);
  until([&] { return !runner().stops().empty(); }, "the stop");
  EXPECT_EQ(runner().stops().at(0), second);
}

TEST_F(Watching, ALoweredCapLetsWorkDrainWhereThePolicySaysSo) {
  begin("total = 10.00");
  running(submit("older"));
  set_policy(policy_with("total = 0.10\non_cut = \"drain\"", ""));
  restart();
  EXPECT_FALSE(try_submit(request("asked meanwhile")));
  EXPECT_EQ(row(1).state, JobState::kRunning);
}

TEST_F(Watching, AShareOfACapIsToldOfOnce) {  // L11
  begin("total = 2.00\nwarn_at = [0.25, 0.5]");
  submit("a");
  EXPECT_EQ(told("budget.warn").size(), 1U);
  submit("b");
  submit("c");
  const auto notes = told("budget.warn");
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].subject, "budget.total: 50 % is spent or reserved");
}

TEST_F(Watching, AWindowThatRefusesIsToldOfOnce) {
  begin("total = 1.00");
  submit("a");
  EXPECT_FALSE(try_submit(request("b")));
  EXPECT_FALSE(try_submit(request("c")));
  EXPECT_EQ(told("budget.exhausted").size(), 1U);
}

TEST_F(Watching, ARunThatWritesNothingIsTold) {
  begin("total = 10.00");
  running(submit("hangs"));
  until(
      [&] {
        clock_.advance(kSilentRun / 2);  // the first look only remembers what there is
        world().bell.ring();
        return !told("run.stuck").empty();
      },
      "a note");
  EXPECT_EQ(told("run.stuck").size(), 1U);
}

TEST_F(Watching, AnAgentThatFellSilentInTheNightIsTold) {
  begin("total = 10.00\nnight = { usd = 9.00, window = \"20:00-07:00\" }");
  (void)service().budget_line(agent("claude"));
  clock_.advance(kSilentAgent);
  until_told("agent.silent");
  EXPECT_EQ(told("agent.silent").at(0).subject, "agent claude is silent");
}

TEST_F(Watching, TheEndOfTheNightIsReported) {
  begin("total = 10.00\nnight = { usd = 9.00, window = \"20:00-07:00\" }");
  finish(submit("a"), 1.5);
  ASSERT_TRUE(store().write([](Transaction& transaction) {
    return freeze_pool(transaction, "cpu", "its bill ran over");
  }));
  clock_.advance(std::chrono::hours(11));
  until_told("morning.report");
  const std::string text = told("morning.report").at(0).text;
  EXPECT_TRUE(text.starts_with("1 experiments, 0 failed, 0 kept: val_bpb ")) << text;
  EXPECT_NE(text.find("\nPool cpu is frozen: its bill ran over. `pawl pool open cpu`"),
            std::string::npos)
      << text;
}

TEST(Stuck, ARunIsSlowAtThreeTimesItsMedian) {
  EXPECT_FALSE(stuck({.ran = minutes(27), .silent = minutes(0), .expected = minutes(9)}));
  EXPECT_TRUE(stuck({.ran = minutes(28), .silent = minutes(0), .expected = minutes(9)}));
}

TEST(Stuck, ARunThatWroteNothingForTwentyMinutesMayHang) {
  EXPECT_FALSE(stuck({.ran = minutes(30), .silent = minutes(19), .expected = {}}));
  EXPECT_EQ(stuck({.ran = minutes(30), .silent = minutes(20), .expected = {}}),
            "it wrote no metric and no log for 20m00s");
}

}  // namespace
