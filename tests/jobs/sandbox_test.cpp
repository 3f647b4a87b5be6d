// The ledger's part of a sandbox: slices that are reserved before they are granted (L15), what
// refuses them, and what a restart makes of it. Commands inside are tests/runner's.
#include <fstream>

#include "server/store/ledger.h"
#include "server/store/sandboxes.h"
#include "tests/jobs/night.h"

using namespace pawl;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* kJobs =
    "[jobs]\nmax_concurrent = 2\nmax_queued = 20\nmax_minutes = 3\nmax_retries = 0\n"
    "[stage.screen]\npools = [\"cpu\"]\n";

class Sandboxes : public Night {
 protected:
  void begin(const std::string& sandbox, const std::string& budget = "total = 10.00") {
    set_policy("policy = 1\ntimezone = \"UTC\"\n[budget]\n" + budget + "\n" + kJobs +
               "[sandbox]\n" + sandbox);
    restart();
  }
  Result<SandboxReply> try_open(std::optional<std::int64_t> for_minutes = {}) {
    return service().open_sandbox(agent(), {.from = "base", .minutes = for_minutes}, {});
  }
  SandboxReply open(std::optional<std::int64_t> for_minutes = {}) {
    const auto opened = try_open(for_minutes);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    number_ = store()
                  .read([&](Reader& reader) { return open_sandboxes(reader, {}); })
                  .value()
                  .back()
                  .number;
    return *opened;
  }
  SandboxRow sandbox() {
    const JobId id = row(number_).id;
    return store().read([&](Reader& reader) { return find_sandbox(reader, id); }).value();
  }
  AttemptId attempt() { return {row(number_).id, 1}; }
  static std::string pool(const std::string& price) {
    return "[pool.cpu]\nkind = \"cpu\"\ncount = 2\nclass = \"A\"\nprice = " + price + "\n";
  }
  // The runner of these tests ends nothing by itself.
  static std::stop_token nobody_waits() {
    std::stop_source stop;
    stop.request_stop();
    return stop.get_token();
  }
  std::string waits_for(const JobRow& job) { return world().waiting.of(kind_of(job)).detail; }
  std::vector<Line> held() {
    return store()
        .read([&](Reader& reader) -> Result<std::vector<Line>> {
          TRY(const auto reservation, open_reservation(reader, attempt().job));
          return reserved_lines(reader, reservation->id);
        })
        .value();
  }
  // What its keeper was told, in milliseconds.
  std::string lease() {
    std::string text;
    std::ifstream(runner().spec(attempt()).attempt.folder / "keeper/lease") >> text;
    return text;
  }
  void look() { world().bell.ring(); }
  void until_lease(const std::string& ms) {
    until([&] { return look(), lease() == ms; }, "a lease of " + ms + " ms");
  }
  void until_ending(const std::string& part) {
    until([&] { return look(), sandbox().ending.contains(part); }, part);
  }
  // Somebody used it just now, or has not since.
  void use(Milliseconds at) {
    const JobId id = row(number_).id;
    EXPECT_TRUE(store().write([&](Transaction& tx) { return note_use(tx, id, at); }));
  }

  std::int64_t number_ = 0;
};

// A slice is 5 minutes of 1.20 USD an hour, and 15.001 s that its keeper may take.
constexpr Money kOneSlice = Money::micros(105'001);
constexpr Money kTwoSlices = Money::micros(205'001);

TEST_F(Sandboxes, WithoutAWordInThePolicyNoneOpens) {
  begin("");
  const Error error = refusal(try_open());
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_EQ(error.message, "sandbox.max_open: 0 of at most 0 are open (built-in default)");
}

TEST_F(Sandboxes, OneOpensWithOneSliceReservedAndNoLimitOfItsStage) {
  begin("max_open = 1\n");
  const SandboxReply opened = open();
  EXPECT_EQ(opened.handle, "sb1");
  EXPECT_EQ(opened.state, JobState::kRunning);
  EXPECT_EQ(opened.granted, minutes(5));
  EXPECT_EQ(opened.price.per_hour, Money::micros(1'200'000));
  EXPECT_EQ(total().reserved.money, kOneSlice);
  EXPECT_EQ(runner().spec(attempt()).lease, minutes(30));
  EXPECT_TRUE(runner().spec(attempt()).command.empty());
  EXPECT_FALSE(runner().spec(attempt()).network);
}

TEST_F(Sandboxes, TheNextSliceIsReservedInEveryWindowBeforeTheKeeperHearsOfIt) {
  begin("max_open = 1\n");
  open();
  clock_.advance(minutes(4));
  until_lease("600000");
  EXPECT_EQ(total().reserved.money, kTwoSlices);
  EXPECT_EQ(held().size(), 7U);  // its own; total and day of agent, project and global
  for (const Line& line : held()) EXPECT_EQ(line.amount.money, kTwoSlices);
}

TEST_F(Sandboxes, NoSliceIsReservedInADayThatOnlyTheWallClockNames) {  // L16
  begin("max_open = 1\n");
  clock_.advance(minutes(241));  // a minute past midnight
  world().time.now();
  clock_.jump(-minutes(60));
  open();
  clock_.advance(minutes(4));
  until_lease("600000");
  EXPECT_EQ(held().size(), 7U);
}

TEST_F(Sandboxes, ABudgetWithoutRoomEndsItWithItsSlice) {
  begin("max_open = 1\n", "total = 0.20");
  open();
  clock_.advance(minutes(4));
  until_ending(
      "1 x screen would reserve $0.21; $0.20 of the total $0.20 is left (policies/default.toml");
  until_lease("300000");
  EXPECT_EQ(total().reserved.money, kOneSlice);
  // ... also where there is room again: it was told that it ends.
  set_policy("policy = 1\n[budget]\ntotal = 9.00\n" + std::string(kJobs) +
             "[sandbox]\nmax_open = 1\n");
  reload();
  clock_.advance(seconds(30));
  look();
  runner().end(attempt(), {.outcome = Outcome::kDeadline});
  until_state(number_, JobState::kTimedOut);
  EXPECT_TRUE(row(number_).detail.contains("would reserve $0.21")) << row(number_).detail;
}

TEST_F(Sandboxes, TheCapOfOneEndsIt) {
  begin("max_open = 1\nusd = 0.20\n");
  open();
  clock_.advance(minutes(4));
  until_ending("its next slice would have made it $0.21, over sandbox.usd of $0.20 (policies/");
  begin("max_open = 2\nusd = 0.10\n");
  EXPECT_TRUE(
      refusal(try_open())
          .message.starts_with(
              "sandbox.usd: its first 5m00s would reserve $0.11, and one of them may cost $0.10"));
}

TEST_F(Sandboxes, APriceThatRisesTakesNoneOverTheCapOfOne) {
  set_pools(pool("1.20"));
  begin("max_open = 1\nusd = 0.20\n");
  open();
  set_pools(pool("3.00"));  // its slice would be 0.26
  reload();
  look();
  until([&] { return !runner().stops().empty(); }, "the stop");
  EXPECT_EQ(total().reserved.money, kOneSlice);
  runner().end(attempt(), {.outcome = Outcome::kCancelled});
  until_state(number_, JobState::kFailed);
  EXPECT_TRUE(row(number_).detail.starts_with("its price rose, and the budget has no room for it"))
      << row(number_).detail;
}

TEST_F(Sandboxes, OneThatWaitedBeginsAtNoPriceOverItsCap) {
  set_pools(pool("1.20"));
  begin("max_open = 1\nusd = 0.20\n");
  const std::int64_t first = submit("one");
  const std::int64_t second = submit("two");
  running(first);
  running(second);
  const auto waits = service().open_sandbox(agent(), {.from = "base"}, nobody_waits());
  EXPECT_EQ(waits->state, JobState::kQueued);
  set_pools(pool("3.00"));
  reload();
  finish(first, 1.5);
  const JobRow sandbox = row(second + 1);
  until([&] { return look(), waits_for(sandbox).contains("would reserve $0.27; $0.20 of"); },
        "a refusal");
}

TEST_F(Sandboxes, OneThatWaitsForItsOwnCapHoldsNoJobBack) {
  set_pools(pool("1.20"));
  begin("max_open = 1\nusd = 0.10\nidle_minutes = 3\n");  // a slice as long as a screen job
  const std::int64_t first = submit("one");
  const std::int64_t second = submit("two");
  running(first);
  running(second);
  EXPECT_TRUE(service().open_sandbox(agent(), {.from = "base"}, nobody_waits()));
  const std::int64_t third = submit("three");
  set_pools(pool("3.00"));
  reload();
  finish(first, 1.5);
  running(third);
}

TEST_F(Sandboxes, OneThatNobodyUsesEndsAndOneInUseGoesOn) {
  begin("max_open = 1\nidle_minutes = 7\n");
  open();
  clock_.advance(minutes(4));
  until_lease("420000");  // 7 minutes: idle time only shortens
  clock_.advance(minutes(2));
  use(minutes(6));
  until_lease("720000");
  clock_.advance(minutes(5));
  use(minutes(10));
  until_lease("1020000");
  clock_.advance(minutes(6));
  runner().end(attempt(), {.outcome = Outcome::kDeadline});
  until_state(number_, JobState::kTimedOut);
  EXPECT_EQ(row(number_).detail, "nobody used it after 17m00s");
}

TEST_F(Sandboxes, NoUseKeepsItPastItsTime) {
  begin("max_open = 1\nmax_minutes = 8\n");
  EXPECT_TRUE(
      refusal(try_open(9))
          .message.starts_with(
              "sandbox.max_minutes: 9 minutes asked, at most 8m00s from open to close (policies/"));
  open();  // of the half hour that nobody named, what is allowed
  clock_.advance(minutes(4));
  use(minutes(4));
  until_lease("480000");
  clock_.advance(minutes(3));
  use(minutes(7));
  until_ending("its time of 8m00s was over");
  EXPECT_EQ(lease(), "480000");
}

TEST_F(Sandboxes, WhatItRanIsWhatItPaysAndNothingStaysReserved) {
  begin("max_open = 1\n");
  open();
  clock_.advance(minutes(4));
  until_lease("600000");
  clock_.advance(minutes(2));
  const auto closed = service().close_sandbox(agent(), "sb1", false, nobody_waits());
  EXPECT_EQ(closed->sandbox.state, JobState::kCancelling);
  until([&] { return !runner().stops().empty(); }, "the stop");
  runner().end(attempt(), {.outcome = Outcome::kCancelled});
  until_state(number_, JobState::kCancelled);
  EXPECT_EQ(total().spent.money, Money::micros(120'000));
  EXPECT_EQ(total().reserved.money, Money());
  EXPECT_EQ(total().overrun.money, Money());
  const auto cost = service().cost(agent(), CostBy::kStage).value();
  EXPECT_EQ(cost.parts.back().name, "human debugging (sandboxes)");
  EXPECT_EQ(cost.parts.back().cost, Money::micros(120'000));
  EXPECT_EQ(cost.failed, Money());
}

TEST_F(Sandboxes, MaxOpenCountsThoseThatWaitToo) {
  begin("max_open = 2\n");
  open();
  open();
  const Error error = refusal(try_open());
  EXPECT_TRUE(error.message.starts_with("sandbox.max_open: 2 of at most 2 are open (policies/"));
  EXPECT_TRUE(error.hint.contains("sb1, sb2")) << error.hint;
}

TEST_F(Sandboxes, AServerThatComesBackRenewsWhatItFinds) {
  begin("max_open = 1\n");
  open();
  server_gone_while([&] { clock_.advance(minutes(4)); });
  until_lease("600000");
  EXPECT_EQ(total().reserved.money, kTwoSlices);
}

TEST_F(Sandboxes, OneThatEndedWithoutAServerSaysSo) {
  begin("max_open = 1\n");
  open();
  clock_.advance(minutes(4));
  use(minutes(4));
  const AttemptId alive = attempt();
  server_gone_while([&] {
    clock_.advance(minutes(1));
    runner().end(alive, {.outcome = Outcome::kDeadline});
  });
  until_state(number_, JobState::kTimedOut);
  EXPECT_EQ(row(number_).detail, "no server granted it more time after 5m00s");
}

TEST_F(Sandboxes, WhatWasPaidForIsToldAgainAfterACrashInBetween) {
  begin("max_open = 1\n");
  open();
  clock_.advance(minutes(4));
  until_lease("600000");
  const auto file = runner().spec(attempt()).attempt.folder / "keeper/lease";
  server_gone_while([&] { std::filesystem::remove(file); });
  until_lease("600000");
  EXPECT_EQ(total().reserved.money, kTwoSlices);
}

TEST_F(Sandboxes, OneWhoseKeeperDiedIsNotOpenedAgain) {
  begin("max_open = 1\n");
  open();
  clock_.advance(minutes(3));
  runner().lose(attempt());
  until_state(number_, JobState::kFailed);
  EXPECT_EQ(row(number_).attempts, 1);
  EXPECT_EQ(total().spent.money, Money::micros(60'000));
}

TEST_F(Sandboxes, NoneIsAnExperiment) {
  begin("max_open = 1\n");
  open();
  EXPECT_EQ(
      service().wait(agent(), {.timeout = seconds(0)}, {}, [](WaitProgress) {})->waiting.size(),
      0U);
  EXPECT_EQ(
      refusal(service().decide(agent(), std::to_string(number_), Decision::kKeep, "")).message,
      "job 1 is a sandbox");
  SubmitRequest from = request("on what was found");
  from.from = "sb1";
  EXPECT_EQ(refusal(try_submit(from)).message, "the files of sb1 were not kept");
}

}  // namespace
