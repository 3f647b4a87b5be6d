// Metrics, costs, events and the clock's mark: what was measured, paid and seen.
#include <cmath>

#include "server/store/clock_mark.h"
#include "server/store/costs.h"
#include "server/store/events.h"
#include "server/store/job_metrics.h"
#include "server/store/past_runs.h"
#include "server/store/rounds.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

class Results : public StoreTest {
 protected:
  // A succeeded job with this loss.
  JobId finished(double loss, const std::string& agent = "ada") {
    const AttemptRow attempt = claim(submit(agent).id);
    end(attempt.id, Money::usd(1), kHour);
    must([&](Transaction& t) {
      return put_metrics(t, attempt.job, std::vector{Metric{"loss", loss}});
    });
    finish(attempt.job);
    return attempt.job;
  }
  std::vector<JobId> ranked(LeaderboardFilter filter) {
    filter.project = project_.id;
    filter.metric = "loss";
    std::vector<JobId> ids;
    for (const auto& row : read([&](Reader& r) { return leaderboard(r, filter); }))
      ids.push_back(row.job);
    return ids;
  }
};

TEST_F(Results, MetricsAreReplacedByName) {
  const JobId id = submit().id;
  must([&](Transaction& t) {
    return put_metrics(t, id, std::vector<Metric>{{"loss", 2}, {"acc", 0.5}});
  });
  must([&](Transaction& t) { return put_metrics(t, id, std::vector<Metric>{{"loss", 1}}); });
  EXPECT_EQ(read([&](Reader& r) { return metrics_of(r, id); }),
            (std::vector<Metric>{{"acc", 0.5}, {"loss", 1}}));
  EXPECT_EQ(read([&](Reader& r) { return metric_of(r, id, "loss"); }), 1);
  EXPECT_EQ(read([&](Reader& r) { return metric_of(r, id, "none"); }), std::nullopt);
}

TEST_F(Results, AMetricIsAFiniteNumber) {
  const JobId id = submit().id;
  EXPECT_EQ(refusal([&](Transaction& t) {
              return put_metrics(t, id, std::vector<Metric>{{"loss", NAN}});
            }),
            ErrorKind::kInvalid);
}

TEST_F(Results, TheBestComesFirstInEitherDirection) {
  const JobId low = finished(0.5);
  const JobId high = finished(0.9);
  EXPECT_EQ(ranked({}), (std::vector{low, high}));
  EXPECT_EQ(ranked({.direction = Direction::kMax}), (std::vector{high, low}));
  EXPECT_EQ(ranked({.limit = 1}), std::vector{low});
}

TEST_F(Results, AReaderMayAskForWhatEndedSinceItsLastLook) {
  finished(0.5);
  const EventId seen = read([](Reader& r) { return last_event(r); });
  EXPECT_EQ(ranked({.since = seen}), std::vector<JobId>{});
  const JobId later = finished(0.9);
  EXPECT_EQ(ranked({.since = seen}), std::vector{later});
}

TEST_F(Results, WhatAWriteSeesIsNotCommitted) {
  EXPECT_TRUE(read([](Reader& r) -> Result<bool> { return r.is_committed(); }));
  must([](Transaction& t) -> Result<void> {
    EXPECT_FALSE(t.is_committed());
    return {};
  });
}

TEST_F(Results, OnlySucceededJobsOfTheClassAndStageAreRanked) {
  const JobId good = finished(0.5);
  const AttemptRow failed = claim(submit().id);
  end(failed.id);
  must([&](Transaction& t) {
    return put_metrics(t, failed.job, std::vector<Metric>{{"loss", 0.1}});
  });
  finish(failed.job, JobEvent::kExitedBadly);
  EXPECT_EQ(ranked({.comparability_class = "A", .stage = "screen"}), std::vector{good});
  EXPECT_EQ(ranked({.comparability_class = "B"}), std::vector<JobId>{});
  EXPECT_EQ(ranked({.stage = "smoke"}), std::vector<JobId>{});
  EXPECT_EQ(read([&](Reader& r) { return classes_of(r, project_.id, "loss"); }),
            std::vector<std::string>{"A"});
}

TEST_F(Results, EveryAttemptOfAJobIsPaid) {  // L14
  const JobId id = submit().id;
  end(claim(id).id, Money::usd(1), kHour);
  finish(id, JobEvent::kRetry);
  end(claim(id).id, Money::usd(2), kHour);
  EXPECT_EQ(read([&](Reader& r) { return spent_on(r, id); }), (Amount{Money::usd(3), 2 * kHour}));
}

TEST_F(Results, PaidAttemptsCarryWhatBecameOfTheirJob) {
  finished(0.5, "ada");
  const AttemptRow failed = claim(submit("bob").id);
  end(failed.id, Money::usd(5), kHour);
  finish(failed.job, JobEvent::kExitedBadly);
  const AttemptRow alive = claim(submit("eve").id);
  const auto paid = read([&](Reader& r) { return paid_attempts(r, {.project = project_.id}); });
  ASSERT_EQ(paid.size(), 3);
  EXPECT_EQ(paid[0].job, JobState::kSucceeded);
  EXPECT_EQ(paid[1].agent, "bob");
  EXPECT_EQ(paid[1].cost, Money::usd(5));
  EXPECT_EQ(paid[1].job, JobState::kFailed);
  EXPECT_TRUE(paid[1].last);
  EXPECT_EQ(paid[2].id, alive.id);
  EXPECT_FALSE(paid[2].ended);
  EXPECT_EQ(paid[2].cost, Money());
}

TEST_F(Results, PaidAttemptsSinceATimeLeaveOutWhatEndedBefore) {
  finished(0.5);
  const Timestamp later = clock_.now() + kHour;
  const AttemptRow alive = claim(submit().id);
  const auto paid = read([&](Reader& r) { return paid_attempts(r, {.since = later}); });
  ASSERT_EQ(paid.size(), 1);
  EXPECT_EQ(paid[0].id, alive.id);
}

TEST_F(Results, RunTimesAreOfJobsThatEndedWithAResultOrAtTheirLimit) {
  finished(0.5);
  const AttemptRow failed = claim(submit().id);
  end(failed.id, Money::usd(5), kHour);
  finish(failed.job, JobEvent::kExitedBadly);
  const WorkKind kind{project_.id, "screen", submit().gpus};
  EXPECT_EQ(read([&](Reader& r) { return run_times(r, kind, 10); }).size(), 1);
  EXPECT_EQ(
      read([&](Reader& r) { return run_times(r, {project_.id, "smoke", kind.gpus}, 10); }).size(),
      0);
  EXPECT_EQ(read([&](Reader& r) { return reserved_work(r); }).at(0).jobs, 1);
}

TEST_F(Results, EventsAreListedAfterTheCursorByFilter) {
  const JobRow a = submit();
  const EventId cursor = read([](Reader& r) { return last_event(r); });
  const JobRow b = submit();
  const auto after = read([&](Reader& r) { return list_events(r, {.since = cursor}); });
  ASSERT_EQ(after.size(), 1);
  EXPECT_EQ(after[0].job, b.id);
  EXPECT_EQ(read([&](Reader& r) { return list_events(r, {.job = a.id}); }).size(), 1);
  EXPECT_EQ(
      read([&](Reader& r) { return list_events(r, {.project = project_.id, .limit = 1}); }).size(),
      1);
  EXPECT_EQ(name_of(EventKind::kRefused), "refused");
}

TEST_F(Results, TheClockMarkIsAHighWaterMark) {  // L16
  EXPECT_EQ(read([](Reader& r) { return clock_mark(r); }), std::nullopt);
  const ClockMark mark{
      .wall = clock_.now(), .since_boot = kHour, .boot_id = "b", .stepped = Milliseconds(3)};
  must([&](Transaction& t) { return put_clock_mark(t, mark); });
  ClockMark earlier = mark;
  earlier.wall -= kHour;
  must([&](Transaction& t) { return put_clock_mark(t, earlier); });
  EXPECT_EQ(read([](Reader& r) { return clock_mark(r); }), mark);
}

}  // namespace
}  // namespace pawl::test
