// Attempts: one alive at a time, each with its slots to itself.
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using Attempts = StoreTest;

TEST_F(Attempts, AnIntentHasATokenThatIsTheSameAfterARestartAndUnlikeAnyOther) {  // L7
  const AttemptRow one = claim(submit().id, {0});
  const AttemptRow two = claim(submit().id, {1});
  EXPECT_EQ(one.token.size(), 64);
  EXPECT_NE(one.token, two.token);
  reopen();
  EXPECT_EQ(read([&](Reader& r) { return find_attempt_by_token(r, one.token); })->id, one.id);
}

TEST_F(Attempts, ARowComesBackAsItWasWritten) {
  const AttemptRow made = claim(submit().id, {0, 3});
  end(made.id, Money::micros(5), Milliseconds(70));
  const AttemptRow found = read([&](Reader& r) { return find_attempt(r, made.id); });
  EXPECT_EQ(found.slots, (std::vector{0, 3}));
  EXPECT_EQ(found.comparability_class, "A");
  EXPECT_EQ(found.rate, Rate::of(kPrice));
  EXPECT_EQ(found.boot_id, "boot");
  EXPECT_EQ(found.epoch, store_->epoch());
  EXPECT_EQ(found.state, AttemptState::kEnded);
  EXPECT_EQ(found.end->cost, Money::micros(5));
  EXPECT_EQ(found.end->billed, Milliseconds(70));
  EXPECT_EQ(found.end->exit_code, std::nullopt);
}

TEST_F(Attempts, ARateCountsFromWhenItChanged) {  // L13
  const AttemptRow made = claim(submit().id);
  const Rate dear = Rate::of({Money::usd(9)});
  must([&](Transaction& t) { return change_rate(t, made.id, {made.claimed, dear}); });
  const AttemptRow found = read([&](Reader& r) { return find_attempt(r, made.id); });
  ASSERT_EQ(found.rates.size(), 2U);
  EXPECT_EQ(found.rate, Rate::of(kPrice));
  EXPECT_EQ(found.rates.back(), (RateSince{made.claimed + Milliseconds(1), dear}));
}

TEST_F(Attempts, AMachineIsTakenBackOnlyFromWhatIsAlive) {
  const AttemptRow made = claim(submit().id);
  must([&](Transaction& t) { return take_back(t, made.id, "its price rose"); });
  EXPECT_EQ(read([](Reader& r) { return taken_back(r); }), std::vector{made.id});
  end(made.id);
  EXPECT_TRUE(read([](Reader& r) { return taken_back(r); }).empty());
  EXPECT_EQ(refusal([&](Transaction& t) { return take_back(t, made.id, "late"); }),
            ErrorKind::kConflict);
}

TEST_F(Attempts, AJobHasAtMostOneLiveAttempt) {  // Q2
  const JobRow queued = submit();
  claim(queued.id);
  EXPECT_EQ(refusal([&](Transaction& t) { return begin_attempt(t, attempt_of(queued.id, {1})); }),
            ErrorKind::kConflict);
  EXPECT_EQ(count("attempt"), 1);
}

TEST_F(Attempts, AJobThatWasNotClaimedGetsNone) {  // Q2
  const JobRow queued = submit();
  EXPECT_EQ(refusal([&](Transaction& t) { return begin_attempt(t, attempt_of(queued.id)); }),
            ErrorKind::kConflict);
}

TEST_F(Attempts, ASlotIsHeldByOneAttemptUntilItEnded) {
  const AttemptRow holder = claim(submit().id, {0, 1});
  const JobRow other = submit();
  const auto claim_slot = [&](Transaction& t) -> Result<AttemptRow> {
    CHECK_OK(
        transition(t, {.job = other.id, .from = JobState::kQueued, .event = JobEvent::kClaimed}));
    return begin_attempt(t, attempt_of(other.id, {1}));
  };
  EXPECT_EQ(refusal(claim_slot), ErrorKind::kConflict);
  EXPECT_EQ(job(other.id).state, JobState::kQueued);
  EXPECT_EQ(read([](Reader& r) { return held_slots(r, "box"); }), (std::vector{0, 1}));
  end(holder.id);
  EXPECT_EQ(read([](Reader& r) { return held_slots(r, "box"); }), std::vector<std::int32_t>{});
  write(claim_slot);
}

TEST_F(Attempts, LaunchAndEndHappenOnceEach) {  // Q3
  const AttemptRow attempt = claim(submit().id);
  launch(attempt.id);
  EXPECT_EQ(refusal([&](Transaction& t) { return mark_launched(t, attempt.id); }),
            ErrorKind::kConflict);
  end(attempt.id);
  EXPECT_EQ(refusal([&](Transaction& t) { return mark_ended(t, attempt.id, {.outcome = "lost"}); }),
            ErrorKind::kConflict);
  EXPECT_EQ(refusal([&](Transaction& t) { return mark_launched(t, attempt.id); }),
            ErrorKind::kConflict);
}

TEST_F(Attempts, TheLiveOnesAreListedUntilTheyEnd) {
  const AttemptRow intent = claim(submit().id, {0});
  clock_.advance(Milliseconds(1));
  const AttemptRow launched = claim(submit().id, {1});
  launch(launched.id);
  const auto live = [&] { return read([](Reader& r) { return live_attempts(r); }); };
  ASSERT_EQ(live().size(), 2);
  EXPECT_EQ(live()[0].id, intent.id);
  EXPECT_EQ(live()[1].state, AttemptState::kLaunched);
  end(intent.id);
  EXPECT_EQ(live().size(), 1);
}

TEST_F(Attempts, ARetryIsTheNextNumber) {
  const JobId id = submit().id;
  end(claim(id).id);
  finish(id, JobEvent::kRetry);
  EXPECT_EQ(claim(id).id.number, 2);
  EXPECT_EQ(job(id).attempts, 2);
  EXPECT_EQ(read([&](Reader& r) { return attempts_of(r, id); }).size(), 2);
}

}  // namespace
}  // namespace pawl::test
