#include "server/store/events.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Submit : public Night {};

// 30 minutes of limit, 10 s of grace, 5 s of report delay and a millisecond at $1.20/h: $0.605001,
// rounded up.
constexpr Money kWorstCase = Money::micros(605'001);

TEST_F(Submit, ReservesTheWorstCaseBeforeAnythingRuns) {  // L4
  submit("one");
  EXPECT_EQ(total().reserved.money, kWorstCase);
  EXPECT_EQ(total().spent.money, Money());
}

TEST_F(Submit, TheSameKeyAndBodyGivesTheSameJob) {  // L20, Q10
  SubmitRequest asked = request("one");
  asked.key = "k1";
  const auto first = try_submit(asked).value();
  const auto second = try_submit(asked).value();
  EXPECT_EQ(first.jobs.at(0).job.number, second.jobs.at(0).job.number);
  EXPECT_TRUE(second.jobs.at(0).reused);
  EXPECT_EQ(second.worst_case, Money());
}

TEST_F(Submit, TheSameKeyWithAnotherBodyIsAConflict) {  // L20
  SubmitRequest asked = request("one");
  asked.key = "k1";
  ASSERT_TRUE(try_submit(asked));
  asked.variant.title = "two";
  EXPECT_EQ(refusal(try_submit(asked)).kind, ErrorKind::kConflict);
}

TEST_F(Submit, TheSameContentGivesBackTheEarlierJobUnlessRerun) {
  const SubmitRequest asked = request("one");
  const std::int64_t first = try_submit(asked).value().jobs.at(0).job.number;
  SubmitRequest again = asked;
  again.variant.title = "another name";
  EXPECT_EQ(try_submit(again).value().jobs.at(0).job.number, first);
  again.rerun = true;
  EXPECT_NE(try_submit(again).value().jobs.at(0).job.number, first);
}

TEST_F(Submit, RepeatsGetSeedsOfTheirOwn) {
  SubmitRequest asked = request("noise");
  asked.repeat = 3;
  const auto reply = try_submit(asked).value();
  ASSERT_EQ(reply.jobs.size(), 3U);
  EXPECT_EQ(row(1).seed, 42);
  EXPECT_EQ(row(3).seed, 44);
}

TEST_F(Submit, ARefusalNamesTheBindingWindowAndWhatFits) {  // L19
  SweepRequest sweep{.title = "too much", .base = "base"};
  for (int i = 0; i < 9; ++i)
    sweep.variants.push_back({.title = "v", .params = {{"n", std::int64_t{i}}}});
  const auto refused = service().submit_sweep(agent(), sweep);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_NE(refused.error().message.find("9 x screen"), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find("policies/default.toml:6"), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().hint.find("8 fit"), std::string::npos) << refused.error().hint;
}

TEST_F(Submit, ARefusalWritesNothingButAnAuditRow) {  // L3
  SweepRequest sweep{.title = "too much", .base = "base"};
  for (int i = 0; i < 9; ++i)
    sweep.variants.push_back({.title = "v", .params = {{"n", std::int64_t{i}}}});
  ASSERT_FALSE(service().submit_sweep(agent(), sweep));
  EXPECT_TRUE(service().jobs(agent(), 10).value().empty());
  EXPECT_EQ(total().reserved, Amount());
  const auto events = store().read(
      [](Reader& reader) { return list_events(reader, {.kind = EventKind::kRefused}); });
  EXPECT_EQ(events.value().size(), 1U);
}

TEST_F(Submit, WithALimitASweepTakesWhatFitsAndSaysWhatWasDropped) {
  SweepRequest sweep{.title = "as much as fits", .base = "base", .limit = 9};
  for (int i = 0; i < 9; ++i)
    sweep.variants.push_back({.title = "v", .params = {{"n", std::int64_t{i}}}});
  const auto reply = service().submit_sweep(agent(), sweep).value();
  EXPECT_EQ(reply.jobs.size(), 8U);
  EXPECT_EQ(reply.dropped.size(), 1U);
  EXPECT_EQ(reply.round, "r1");
}

TEST_F(Submit, AnUnknownParameterIsRefusedWithTheNearestName) {
  SubmitRequest asked = request("typo");
  asked.variant.params["lrr"] = 0.1;
  const Error error = refusal(try_submit(asked));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_NE(error.hint.find("\"lr\""), std::string::npos) << error.hint;
}

TEST_F(Submit, AnUnknownStageRevisionOrHandleIsNotFound) {
  SubmitRequest asked = request("x");
  asked.stage = "scren";
  EXPECT_EQ(refusal(try_submit(asked)).kind, ErrorKind::kNotFound);
  asked = request("x");
  asked.from = "no-such-branch";
  EXPECT_EQ(refusal(try_submit(asked)).kind, ErrorKind::kNotFound);
  EXPECT_EQ(refusal(service().job(agent(), "099")).kind, ErrorKind::kNotFound);
}

TEST_F(Submit, AFrozenFileCannotBeChanged) {
  SubmitRequest asked = request("cheat");
  asked.variant.edits = {{"data.txt", "the words", "easier words"}};
  EXPECT_EQ(refusal(try_submit(asked)).kind, ErrorKind::kDenied);
}

TEST_F(Submit, TheWorkTreeIsSnapshottedWithUntrackedFiles) {
  write("new.txt", "untracked\n");
  SubmitRequest asked = request("worktree");
  asked.from = "worktree";
  const auto reply = try_submit(asked);
  ASSERT_TRUE(reply) << reply.error().message;
  const AttemptId attempt = running(reply->jobs.at(0).job.number);
  EXPECT_TRUE(std::filesystem::exists(runner().spec(attempt).attempt.folder / "work" / "new.txt"));
}

TEST_F(Submit, AnUnregisteredRepositoryIsRefused) {
  std::filesystem::create_directories(top_ / "other/.git");
  const Caller stranger{"root", "claude", (top_ / "other").string()};
  EXPECT_FALSE(service().submit(stranger, request("x")));
}

}  // namespace
