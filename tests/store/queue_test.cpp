// Whose turn it is, and how much is under way.
#include "server/store/queue.h"

#include <atomic>
#include <thread>

#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using Queue = StoreTest;

std::vector<JobId> order(Store& store) {
  std::vector<JobId> ids;
  const auto jobs = store.read([](Reader& r) { return queued_jobs(r, 100); });
  for (const QueuedJob& job : jobs.value()) ids.push_back(job.id);
  return ids;
}

TEST_F(Queue, AgentsTakeTurnsWithinOneList) {
  const JobId a1 = submit("ada").id;
  const JobId a2 = submit("ada").id;
  const JobId a3 = submit("ada").id;
  const JobId b1 = submit("bob").id;
  EXPECT_EQ(order(*store_), (std::vector{a1, b1, a2, a3}));
}

TEST_F(Queue, TheAgentWhoClaimedLastGoesLast) {
  const JobId a1 = submit("ada").id;
  const JobId a2 = submit("ada").id;
  const JobId b1 = submit("bob").id;
  claim(a1);
  EXPECT_EQ(order(*store_), (std::vector{b1, a2}));
  claim(b1, {1});
  const JobId b2 = submit("bob").id;
  EXPECT_EQ(order(*store_), (std::vector{a2, b2}));
}

TEST_F(Queue, ARetriedJobKeepsItsPlaceAmongItsAgentsJobs) {
  const JobId a1 = submit().id;
  const JobId a2 = submit().id;
  const AttemptRow attempt = claim(a1);
  end(attempt.id);
  finish(a1, JobEvent::kRetry);
  EXPECT_EQ(order(*store_), (std::vector{a1, a2}));
}

TEST_F(Queue, AnAgentWithALongQueueDoesNotStarveTheOthers) {  // Q12
  for (int i = 0; i < 50; ++i) submit("ada");
  const JobId lonely = submit("bob").id;
  const auto list = order(*store_);
  EXPECT_LE(std::ranges::find(list, lonely) - list.begin(), 1);
}

TEST_F(Queue, LoadIsCountedByStageAgentAndProject) {
  submit("ada");
  claim(submit("bob").id);
  write([&](Transaction& t) {
    return insert_job(t, experiment(), JobState::kHeld, Reason::kApproval);
  });
  finish(submit("ada").id, JobEvent::kCancelAsked);
  const auto counted = [&](const LoadFilter& filter) {
    return read([&](Reader& r) { return load(r, filter); });
  };
  EXPECT_EQ(counted({}), (Load{.held = 1, .queued = 1, .live = 1}));
  EXPECT_EQ(counted({.agent = "bob"}), (Load{.live = 1}));
  EXPECT_EQ(counted({.stage = "validate"}), Load{});
  EXPECT_EQ(counted({.project = project_.id, .stage = "screen", .principal = "human"}),
            (Load{.held = 1, .queued = 1, .live = 1}));
}

// Counted inside the claiming transaction, so that 8 claimers of 40 jobs never pass a limit of 3.
TEST_F(Queue, ALimitCountedInTheClaimHoldsAgainstARace) {  // Q11
  for (int i = 0; i < 40; ++i) submit();
  std::atomic<int> claimed = 0;
  const auto claimer = [&](std::int32_t first_slot) {
    for (std::int32_t i = 0; i < 20; ++i) {
      claimed += store_
                     ->write([&](Transaction& t) -> Result<AttemptRow> {
                       TRY(const Load now, load(t, {.stage = "screen"}));
                       if (now.live >= 3) return fail(ErrorKind::kDenied, "limit");
                       TRY(const auto next, queued_jobs(t, 1));
                       CHECK_OK(transition(t, {.job = next[0].id,
                                               .from = JobState::kQueued,
                                               .event = JobEvent::kClaimed}));
                       return begin_attempt(t, attempt_of(next[0].id, {first_slot + i}));
                     })
                     .has_value();
    }
  };
  {
    std::vector<std::jthread> claimers;
    for (std::int32_t i = 0; i < 8; ++i) claimers.emplace_back(claimer, i * 100);
  }
  EXPECT_EQ(claimed, 3);
  EXPECT_EQ(read([](Reader& r) { return load(r, {}); }).live, 3);
}

}  // namespace
}  // namespace pawl::test
