#include "tests/store/workload.h"

#include "server/store/idempotency.h"
#include "server/store/job_metrics.h"
#include "server/store/ledger_check.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

constexpr Amount kWorst{Money::usd(2), StoreTest::kHour};
constexpr Amount kActual{Money::usd(1), StoreTest::kHour};
constexpr ProjectId kProject{1};

IdempotencyKey key_of(const std::string& key) { return {"human", kProject, key}; }

Result<JobRow> job_of(Transaction& transaction, const std::string& key) {
  TRY(const auto found, find_key(transaction, key_of(key), "request"));
  if (!found) return fail(ErrorKind::kNotFound, "no job with this key");
  return find_job(transaction, std::get<JobId>(*found));
}

Result<void> reserve_worst(Transaction& transaction, const JobRow& job, std::int32_t attempt) {
  TRY(const Branch branch,
      ensure_branch(transaction, {.money = Money::usd(1'000'000)}, std::to_string(job.number)));
  const NewReservation reservation{.job = job.id,
                                   .attempt = attempt,
                                   .price = StoreTest::kPrice,
                                   .worst_case = StoreTest::kHour};
  CHECK_OK(reserve(transaction, reservation, lines_for(branch, kWorst)));
  return {};
}

struct HalfDone {
  const char* what;
  const char* sql;  // counts the rows that are
};
constexpr std::array kHalfDone = {
    HalfDone{"jobs without their key",
             "SELECT count(*) FROM job WHERE id NOT IN (SELECT job FROM idempotency)"},
    HalfDone{"jobs without their first event",
             "SELECT count(*) FROM job WHERE id NOT IN (SELECT job FROM event WHERE kind = "
             "'submitted')"},
    HalfDone{"unfinished jobs without an open reservation",
             "SELECT count(*) FROM job WHERE finished_at IS NULL AND id NOT IN"
             " (SELECT job FROM reservation WHERE state = 'open')"},
    HalfDone{"finished jobs with an open reservation",
             "SELECT count(*) FROM job JOIN reservation AS r ON r.job = job.id"
             " WHERE finished_at IS NOT NULL AND r.state = 'open'"},
    HalfDone{"reservations without their five lines",
             "SELECT count(*) FROM reservation AS r WHERE 5 !="
             " (SELECT count(*) FROM ledger WHERE reservation = r.id AND kind = 'reserve')"},
    HalfDone{"live attempts of jobs that are not starting",
             "SELECT count(*) FROM attempt AS a JOIN job ON job.id = a.job"
             " WHERE (a.state = 'ended') != (job.state = 'succeeded')"},
};

Promise::Stage stage_of(JobState state) {
  if (is_final(state)) return Promise::Stage::kFinished;
  return is_live(state) ? Promise::Stage::kClaimed : Promise::Stage::kSubmitted;
}

}  // namespace

Result<void> prepare(Store& store) {
  CHECK_OK(store.write([](Transaction& t) {
    return register_project(
        t, {.name = "tiny", .root = "/tiny", .base_commit = "base", .goal_metric = "loss"});
  }));
  return {};
}

// Each third step is a submit, a claim or a finish of the same job.
bool Client::step() {
  const auto stage = static_cast<Promise::Stage>(steps_ % 3);
  const std::string key = std::to_string(number_) + "-" + std::to_string(steps_ / 3);
  ++steps_;
  const Result<void> done = store_.write([&](Transaction& t) {
    switch (stage) {
      case Promise::Stage::kSubmitted:
        return submit(t, key);
      case Promise::Stage::kClaimed:
        return claim(t, key);
      case Promise::Stage::kFinished:
        return finish(t, key);
    }
    __builtin_unreachable();
  });
  if (done) promises_.push_back({key, stage});
  return done.has_value();
}

void Client::run(int steps_max) {
  for (int i = 0; i < steps_max && step(); ++i) {
  }
}

Result<void> Client::submit(Transaction& transaction, const std::string& key) {
  const NewJob asked{.project = kProject,
                     .title = "experiment " + key,
                     .agent = "ada",
                     .principal = "human",
                     .stage = "screen",
                     .commit = "c1",
                     .base_commit = "base",
                     .params = "{}",
                     .content_hash = key};
  TRY(const JobRow job, insert_job(transaction, asked, JobState::kQueued, Reason::kNone));
  CHECK_OK(reserve_worst(transaction, job, 0));
  return remember_key(transaction, key_of(key), "request", job.id);
}

Result<void> Client::claim(Transaction& transaction, const std::string& key) {
  TRY(const JobRow job, job_of(transaction, key));
  CHECK_OK(transition(transaction,
                      {.job = job.id, .from = JobState::kQueued, .event = JobEvent::kClaimed}));
  CHECK_OK(release(transaction, job.id));
  TRY(const AttemptRow attempt, begin_attempt(transaction, attempt_of(job.id, {number_})));
  return reserve_worst(transaction, job, attempt.id.number);
}

Result<void> Client::finish(Transaction& transaction, const std::string& key) {
  TRY(const JobRow job, job_of(transaction, key));
  TRY(const Branch branch,
      ensure_branch(transaction, {.money = Money::usd(1'000'000)}, std::to_string(job.number)));
  const AttemptId attempt{job.id, 1};
  CHECK_OK(mark_ended(transaction, attempt,
                      {.outcome = "exited", .billed = StoreTest::kHour, .cost = kActual.money}));
  CHECK_OK(settle(transaction, attempt, lines_for(branch, kActual)));
  CHECK_OK(put_metrics(transaction, job.id, std::vector<Metric>{{"loss", 0.5}}));
  CHECK_OK(transition(
      transaction,
      {.job = job.id, .from = JobState::kStarting, .event = JobEvent::kExitedWell, .attempt = 1}));
  return {};
}

Damages inspect(Store& store, const std::vector<Promise>& promises) {
  Damages damages;
  const Result<void> read = store.read([&](Reader& r) -> Result<void> {
    TRY(const auto mismatches, verify_ledger(r));
    for (const Mismatch& mismatch : mismatches) damages.broken.push_back(mismatch.what);
    for (const HalfDone& half : kHalfDone) {
      TRY(const auto n, sql::value<std::int64_t>(r, half.sql));
      if (n != 0) damages.broken.push_back(std::to_string(*n) + " " + half.what);
    }
    for (const Promise& promise : promises) {
      TRY(const auto state,
          sql::value<std::string>(
              r, "SELECT state FROM job JOIN idempotency AS k ON k.job = job.id WHERE k.key = ?",
              promise.key));
      if (!state || stage_of(job_state(*state).value()) < promise.stage) ++damages.lost;
    }
    return {};
  });
  if (!read) damages.broken.push_back(read.error().message);
  return damages;
}

}  // namespace pawl::test
