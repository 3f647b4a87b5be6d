// One key, one job.
#include "server/store/idempotency.h"

#include <atomic>
#include <thread>

#include "server/store/rounds.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

class Keys : public StoreTest {
 protected:
  IdempotencyKey key(const std::string& name = "k1") const { return {"human", project_.id, name}; }
  Result<std::optional<Submitted>> find(const IdempotencyKey& wanted,
                                        const std::string& hash = "h") {
    return store_->write([&](Transaction& t) { return find_key(t, wanted, hash); });
  }
  void remember(const IdempotencyKey& wanted, Submitted submitted) {
    must([&](Transaction& t) { return remember_key(t, wanted, "h", submitted); });
  }
};

TEST_F(Keys, ANewKeyGivesNothing) { EXPECT_EQ(find(key()), std::nullopt); }

TEST_F(Keys, TheSameKeyAndBodyGivesTheSameJob) {  // L20, Q10
  const JobId id = submit().id;
  remember(key(), id);
  EXPECT_EQ(find(key()), Submitted(id));
}

TEST_F(Keys, TheSameKeyWithAnotherBodyIsAConflict) {  // L20
  remember(key(), submit().id);
  EXPECT_EQ(find(key(), "other body").error().kind, ErrorKind::kConflict);
}

TEST_F(Keys, AKeyBelongsToItsPrincipalAndProject) {  // L20
  remember(key(), submit().id);
  EXPECT_EQ(find({"somebody", project_.id, "k1"}), std::nullopt);
  EXPECT_EQ(find({"human", ProjectId{99}, "k1"}), std::nullopt);
}

TEST_F(Keys, ASweepsKeyGivesItsRound) {
  const auto round =
      write([&](Transaction& t) { return insert_round(t, project_.id, "sweep", "ada"); });
  remember(key(), round.id);
  EXPECT_EQ(find(key()), Submitted(round.id));
}

TEST_F(Keys, AKeyLivesAsLongAsItsJobAndThirtyDaysMore) {  // L20
  const JobId id = submit().id;
  remember(key(), id);
  clock_.advance(std::chrono::days(400));
  EXPECT_EQ(find(key()), Submitted(id));
  finish(id, JobEvent::kCancelAsked);
  clock_.advance(std::chrono::days(30));
  EXPECT_EQ(find(key()), Submitted(id));
  clock_.advance(Milliseconds(1));
  EXPECT_EQ(find(key()), std::nullopt);
}

TEST_F(Keys, AnExpiredKeyMayBeUsedAgain) {
  const JobId old = submit().id;
  remember(key(), old);
  finish(old, JobEvent::kCancelAsked);
  clock_.advance(std::chrono::days(31));
  const JobId fresh = submit().id;
  remember(key(), fresh);
  EXPECT_EQ(find(key()), Submitted(fresh));
}

TEST_F(Keys, ARoundsKeyWaitsForTheLastOfItsJobs) {
  const auto round =
      write([&](Transaction& t) { return insert_round(t, project_.id, "sweep", "ada"); });
  remember(key(), round.id);
  NewJob swept = experiment();
  swept.round = round.id;
  const auto add = [&](Transaction& t) {
    return insert_job(t, swept, JobState::kQueued, Reason::kNone);
  };
  const JobId first = write(add).id;
  const JobId last = write(add).id;
  finish(first, JobEvent::kCancelAsked);
  clock_.advance(std::chrono::days(60));
  EXPECT_EQ(find(key()), Submitted(round.id));
  finish(last, JobEvent::kCancelAsked);
  clock_.advance(std::chrono::days(31));
  EXPECT_EQ(write([](Transaction& t) { return forget_expired_keys(t); }), 1);
  EXPECT_EQ(count("idempotency"), 0);
}

TEST_F(Keys, AKeyCannotBeRememberedTwice) {  // Q10
  remember(key(), submit().id);
  const JobId other = submit().id;
  EXPECT_EQ(refusal([&](Transaction& t) { return remember_key(t, key(), "h", other); }),
            ErrorKind::kConflict);
}

TEST_F(Keys, SixteenRacersWithOneKeyMakeOneJob) {  // Q10
  std::atomic<int> made = 0;
  const auto racer = [&] {
    const auto done = store_->write([&](Transaction& t) -> Result<JobId> {
      TRY(const auto before, find_key(t, key(), "h"));
      if (before) return std::get<JobId>(*before);
      TRY(const JobRow job, insert_job(t, experiment(), JobState::kQueued, Reason::kNone));
      CHECK_OK(remember_key(t, key(), "h", job.id));
      ++made;
      return job.id;
    });
    EXPECT_EQ(done, (JobId{1}));
  };
  {
    std::vector<std::jthread> racers;
    for (int i = 0; i < 16; ++i) racers.emplace_back(racer);
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(count("job"), 1);
}

}  // namespace
}  // namespace pawl::test
