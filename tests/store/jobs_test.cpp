// The life of a job row.
#include "server/store/events.h"
#include "server/store/rounds.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using Jobs = StoreTest;

TEST_F(Jobs, ARowComesBackAsItWasWritten) {
  clock_.advance(Milliseconds(7));
  NewJob asked = experiment();
  asked.repeat = 3;
  asked.seed = -5;
  const JobRow made = write(
      [&](Transaction& t) { return insert_job(t, asked, JobState::kHeld, Reason::kApproval); });
  const JobRow found = job(made.id);
  EXPECT_EQ(found.title, "halve the batch");
  EXPECT_EQ(found.tags, (std::vector<std::string>{"batch", "lr"}));
  EXPECT_EQ(found.seed, -5);
  EXPECT_EQ(found.limit, kHour);
  EXPECT_EQ(found.state, JobState::kHeld);
  EXPECT_EQ(found.reason, Reason::kApproval);
  EXPECT_EQ(found.created, clock_.now());
  EXPECT_EQ(found.queued, std::nullopt);
}

TEST_F(Jobs, NumbersCountPerProjectWithoutGaps) {
  const Project other = write([&](Transaction& t) {
    return register_project(
        t, {.name = "big", .root = "/big", .base_commit = "b", .goal_metric = "loss"});
  });
  EXPECT_EQ(submit().number, 1);
  EXPECT_FALSE(store_->write([&](Transaction& t) -> Result<JobRow> {
    CHECK_OK(insert_job(t, experiment(), JobState::kQueued, Reason::kNone));
    return fail(ErrorKind::kDenied, "no");
  }));
  EXPECT_EQ(submit().number, 2);  // the refused one took none
  NewJob elsewhere = experiment();
  elsewhere.project = other.id;
  EXPECT_EQ(write([&](Transaction& t) {
              return insert_job(t, elsewhere, JobState::kQueued, Reason::kNone);
            }).number,
            1);
  EXPECT_EQ(read([&](Reader& r) { return find_job_by_number(r, project_.id, 2); })->number, 2);
}

TEST_F(Jobs, AChangeFromAStateThatIsPastIsAConflictAndChangesNothing) {  // Q3
  const JobRow queued = submit();
  claim(queued.id);
  const auto events = count("event");
  EXPECT_EQ(refusal([&](Transaction& t) {
              return transition(
                  t,
                  {.job = queued.id, .from = JobState::kQueued, .event = JobEvent::kCancelAsked});
            }),
            ErrorKind::kConflict);
  EXPECT_EQ(job(queued.id).state, JobState::kStarting);
  EXPECT_EQ(count("event"), events);
}

TEST_F(Jobs, TheSameNewsTwiceIsAConflictTheSecondTime) {  // Q3
  const AttemptRow attempt = claim(submit().id);
  launch(attempt.id);
  EXPECT_EQ(refusal([&](Transaction& t) {
              return transition(t, {.job = attempt.job,
                                    .from = JobState::kStarting,
                                    .event = JobEvent::kStarted,
                                    .attempt = 1});
            }),
            ErrorKind::kConflict);
  EXPECT_EQ(job(attempt.job).state, JobState::kRunning);
}

TEST_F(Jobs, AChangeThatTheTableDoesNotKnowIsInvalid) {  // Q3
  const JobRow queued = submit();
  EXPECT_EQ(refusal([&](Transaction& t) {
              return transition(
                  t, {.job = queued.id, .from = JobState::kQueued, .event = JobEvent::kStarted});
            }),
            ErrorKind::kInvalid);
}

TEST_F(Jobs, NewsOfAnOlderAttemptChangeNothing) {  // Q5
  const JobRow queued = submit();
  const AttemptRow first = claim(queued.id);
  end(first.id);
  write([&](Transaction& t) {
    return transition(
        t,
        {.job = queued.id, .from = JobState::kStarting, .event = JobEvent::kRetry, .attempt = 1});
  });
  claim(queued.id);
  EXPECT_EQ(refusal([&](Transaction& t) {
              return transition(t, {.job = queued.id,
                                    .from = JobState::kStarting,
                                    .event = JobEvent::kExitedWell,
                                    .attempt = 1});
            }),
            ErrorKind::kConflict);
  EXPECT_EQ(job(queued.id).state, JobState::kStarting);
}

TEST_F(Jobs, AFinalStateAbsorbsEvenADirectUpdate) {  // Q4
  const JobRow done = submit();
  finish(done.id, JobEvent::kCancelAsked);
  EXPECT_EQ(job(done.id).state, JobState::kCancelled);
  EXPECT_FALSE(store_->write([](Transaction& t) {
    return sql::change(t, "UPDATE job SET state = 'queued', finished_at = NULL");
  }));
}

TEST_F(Jobs, TheSchemaRefusesAFinalStateWithoutItsTimeAndAnUnknownWord) {  // Q3
  submit();
  EXPECT_FALSE(store_->write(
      [](Transaction& t) { return sql::change(t, "UPDATE job SET state = 'failed'"); }));
  EXPECT_FALSE(store_->write(
      [](Transaction& t) { return sql::change(t, "UPDATE job SET state = 'done'"); }));
}

TEST_F(Jobs, TimesFollowTheStates) {
  const JobRow queued = submit();
  clock_.advance(Milliseconds(10));
  launch(claim(queued.id).id);
  const Timestamp start = clock_.now();
  clock_.advance(Milliseconds(10));
  finish(queued.id);
  const JobRow done = job(queued.id);
  EXPECT_EQ(done.queued, queued.created);
  EXPECT_EQ(done.started, start);
  EXPECT_EQ(done.finished, start + Milliseconds(10));
}

TEST_F(Jobs, EachChangeIsAnEventAndTheLastOneIsTheFinish) {
  const JobRow queued = submit();
  finish(queued.id, JobEvent::kCancelAsked);
  const auto events = read([&](Reader& r) { return list_events(r, {.job = queued.id}); });
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].kind, EventKind::kSubmitted);
  EXPECT_EQ(events[1].kind, EventKind::kFinished);
  EXPECT_EQ(events[1].text, "queued -> cancelled: none");
  EXPECT_EQ(job(queued.id).finished_event, events[1].id);
}

TEST_F(Jobs, FinishedSinceACursorComesInTheOrderOfTheFinish) {
  const JobRow a = submit();
  const JobRow b = submit();
  const JobRow c = submit();
  finish(c.id, JobEvent::kCancelAsked);
  const EventId cursor = read([](Reader& r) { return last_event(r); });
  finish(b.id, JobEvent::kCancelAsked);
  finish(a.id, JobEvent::kCancelAsked);
  const auto rows = read(
      [&](Reader& r) { return list_jobs(r, {.project = project_.id, .finished_since = cursor}); });
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].id, b.id);
  EXPECT_EQ(rows[1].id, a.id);
}

TEST_F(Jobs, AListIsFilteredByStateAgentAndRound) {
  const auto round =
      write([&](Transaction& t) { return insert_round(t, project_.id, "lr sweep", "ada"); });
  NewJob swept = experiment("bob");
  swept.round = round.id;
  const JobRow in_round =
      write([&](Transaction& t) { return insert_job(t, swept, JobState::kQueued, Reason::kNone); });
  const JobRow held = write(
      [&](Transaction& t) { return insert_job(t, experiment(), JobState::kHeld, Reason::kNone); });
  const auto ids = [&](const JobFilter& filter) {
    std::vector<JobId> found;
    for (const JobRow& row : read([&](Reader& r) { return list_jobs(r, filter); }))
      found.push_back(row.id);
    return found;
  };
  EXPECT_EQ(ids({}), (std::vector{held.id, in_round.id}));
  EXPECT_EQ(ids({.states = {JobState::kHeld, JobState::kRunning}}), std::vector{held.id});
  EXPECT_EQ(ids({.agent = "bob"}), std::vector{in_round.id});
  EXPECT_EQ(ids({.round = round.id}), std::vector{in_round.id});
  EXPECT_EQ(ids({.project = ProjectId{99}}), std::vector<JobId>{});
  EXPECT_EQ(ids({.limit = 1}), std::vector{held.id});
}

TEST_F(Jobs, TheSameContentIsFoundUnlessItsResultIsWorthless) {
  const JobRow first = submit();
  const auto same = [&] {
    return read([&](Reader& r) { return find_same_content(r, project_.id, "hash"); });
  };
  EXPECT_EQ(same()->id, first.id);
  finish(first.id, JobEvent::kCancelAsked);
  EXPECT_EQ(same(), std::nullopt);
  EXPECT_EQ(read([&](Reader& r) { return find_same_content(r, project_.id, "other"); }),
            std::nullopt);
}

TEST_F(Jobs, AnUnknownJobIsNotFound) {
  EXPECT_EQ(store_->read([](Reader& r) { return find_job(r, {77}); }).error().kind,
            ErrorKind::kNotFound);
  EXPECT_EQ(refusal([](Transaction& t) {
              return transition(
                  t, {.job = {77}, .from = JobState::kQueued, .event = JobEvent::kClaimed});
            }),
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace pawl::test
