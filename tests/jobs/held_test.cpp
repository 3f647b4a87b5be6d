// What a human has to say yes to, from the submit to the answer.
#include <fstream>

#include "server/jobs/holds.h"
#include "server/store/approvals.h"
#include "server/store/outbox.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

// One screen costs at most $0.605001.
constexpr const char* kAsking = R"(
policy = 1
timezone = "UTC"
[budget]
total = 2.00
[jobs]
max_concurrent = 2
max_queued = 20
max_minutes = 30
max_retries = 0
[stage.screen]
pools = ["cpu"]
[[approve]]
when = { stage = "screen", usd_over = 1.00 }
expires = "8h"
[notify]
on = ["approval.needed"]
url = "http://127.0.0.1:9/"
)";

class Held : public Night {
 protected:
  Held() {
    set_policy(kAsking);
    restart();
  }
  static SweepRequest pair_of(std::int64_t first) {
    SweepRequest sweep{.title = "two at once", .base = "base"};
    for (std::int64_t i = first; i < first + 2; ++i)
      sweep.variants.push_back({.title = "v" + std::to_string(i), .params = {{"n", i}}});
    return sweep;
  }
  SubmitReply ask_for_two(std::int64_t first = 1) {
    return service().submit_sweep(agent(), pair_of(first)).value();
  }
  Caller human() const { return {"ada", "cli", user().string()}; }
  std::vector<Note> notes() {
    return store().read([](Reader& reader) { return list_notes(reader, 10); }).value();
  }
};

TEST_F(Held, WhatARuleAsksAboutIsHeldAndReservesNothing) {
  const SubmitReply reply = ask_for_two();
  EXPECT_EQ(reply.approval, "a1");
  EXPECT_EQ(reply.held_for, "$1.21 of stage screen is over $1.00 (policies/default.toml:13:1)");
  EXPECT_EQ(row(1).state, JobState::kHeld);
  EXPECT_EQ(row(2).state, JobState::kHeld);
  EXPECT_EQ(total().reserved, Amount());
  EXPECT_EQ(notes().at(0).kind, "approval.needed");
}

TEST_F(Held, WhatCostsLessIsNotAskedAbout) { EXPECT_EQ(row(submit("one")).reason, Reason::kNone); }

TEST_F(Held, AYesQueuesWhatWasHeldAndItRuns) {
  ask_for_two();
  const auto reply = service().approve(human(), "a1", "go");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->reserved, Money::micros(1'210'002));
  finish(1, 1.5);
  finish(2, 1.4);
  EXPECT_TRUE(service().approvals().value().empty());
}

TEST_F(Held, AnAnswerCountsOnce) {  // L12: replay
  ask_for_two();
  ASSERT_TRUE(service().approve(human(), "a1", ""));
  EXPECT_EQ(refusal(service().approve(human(), "a1", "")).kind, ErrorKind::kConflict);
  EXPECT_EQ(refusal(service().deny(human(), "a1", "no")).kind, ErrorKind::kConflict);
}

TEST_F(Held, OtherContentIsAskedAboutAnew) {  // L12: bound to what was asked
  ask_for_two(1);
  EXPECT_EQ(ask_for_two(1).approval, "a1");
  EXPECT_EQ(ask_for_two(3).approval, "a2");
  ASSERT_TRUE(service().approve(human(), "a1", ""));
  EXPECT_EQ(row(3).state, JobState::kHeld);
}

TEST_F(Held, AYesDoesNotCoverADearerPrice) {  // L12: bound to what it costs
  ask_for_two();
  std::ofstream(top_ / "config/policies/pools.toml")
      << "[pool.cpu]\nrunner = \"local\"\nkind = \"cpu\"\ncount = 2\nprice = 1.30\n"
         "billing = \"owned\"\nclass = \"A\"\nstartup_seconds = 0\n";
  restart();
  const Error dearer = refusal(service().approve(human(), "a1", ""));
  EXPECT_EQ(dearer.kind, ErrorKind::kConflict);
  EXPECT_EQ(dearer.message, "a1 would now reserve $1.31, and was asked for at $1.21");
  EXPECT_EQ(row(1).state, JobState::kHeld);
}

TEST(Digest, AnotherContentStageOrCostIsAnotherQuestion) {  // L12
  JobRow one, other;
  one.content_hash = "x";
  other.content_hash = "y";
  const std::string asked = digest_of("screen", Money::usd(1), {one});
  EXPECT_EQ(digest_of("screen", Money::usd(1), {one}), asked);
  EXPECT_NE(digest_of("screen", Money::usd(1), {other}), asked);
  EXPECT_NE(digest_of("screen", Money::usd(1), {one, other}), asked);
  EXPECT_NE(digest_of("screen", Money::usd(2), {one}), asked);
  EXPECT_NE(digest_of("validate", Money::usd(1), {one}), asked);
}

TEST_F(Held, ANoCancelsAndTellsTheAgentWhy) {
  ask_for_two();
  ASSERT_TRUE(service().deny(human(), "a1", "too dear tonight"));
  EXPECT_EQ(row(1).state, JobState::kCancelled);
  EXPECT_EQ(row(1).detail, "a1 denied by ada: too dear tonight");
}

TEST_F(Held, WhatNobodyAnswersInTimeIsCancelled) {
  ask_for_two();
  clock_.advance(std::chrono::hours(8));
  EXPECT_EQ(refusal(service().approve(human(), "a1", "")).kind, ErrorKind::kExpired);
  world().bell.ring();
  until_state(1, JobState::kCancelled);
  EXPECT_NE(row(2).detail.find("a1 expired"), std::string::npos) << row(2).detail;
}

TEST_F(Held, AYesWithoutRoomInTheBudgetIsRefusedAndTheJobsStayHeld) {
  ask_for_two(1);
  ask_for_two(3);
  ASSERT_TRUE(service().approve(human(), "a1", ""));
  const Error full = refusal(service().approve(human(), "a2", ""));
  EXPECT_EQ(full.kind, ErrorKind::kDenied);
  EXPECT_NE(full.message.find("budget.total"), std::string::npos) << full.message;
  EXPECT_EQ(row(3).state, JobState::kHeld);
  EXPECT_EQ(service().approvals().value().size(), 1U);
}

TEST_F(Held, AWaitDoesNotBlockOnAHuman) {
  ask_for_two();
  const auto reply = service().wait(agent(), {}, {}, [](WaitProgress) {}).value();
  EXPECT_FALSE(reply.timed_out);
  ASSERT_EQ(reply.waiting.size(), 2U);
  EXPECT_EQ(reply.waiting[0].state, JobState::kHeld);
  EXPECT_NE(reply.waiting[0].detail.find("a1 waits for a human"), std::string::npos);
}

TEST_F(Held, CancellingAllOfItWithdrawsTheQuestion) {
  const SubmitReply reply = ask_for_two();
  ASSERT_TRUE(service().cancel(agent(), {reply.round}, "never mind"));
  EXPECT_TRUE(service().approvals().value().empty());
}

TEST_F(Held, ARestartKeepsTheQuestion) {
  ask_for_two();
  restart();
  EXPECT_EQ(service().approvals().value().size(), 1U);
  ASSERT_TRUE(service().approve(human(), "a1", ""));
  running(1);
}

TEST_F(Held, CostStatusShowsWhatIsOpen) {
  ask_for_two();
  const auto open = service().cost(agent(), CostBy::kStage).value().approvals;
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].amount, Money::micros(1'210'002));
  EXPECT_EQ(open[0].jobs.size(), 2U);
}

}  // namespace
