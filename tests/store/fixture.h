// A store in a folder of its own with one project and a small budget tree, and verbs for what tests
// do to it.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/store/attempts.h"
#include "server/store/budget_nodes.h"
#include "server/store/jobs.h"
#include "server/store/ledger.h"
#include "server/store/projects.h"
#include "server/store/query.h"
#include "server/store/store.h"

namespace pawl::test {

class FakeClock final : public Clock {
 public:
  Timestamp now() const override { return now_; }
  Milliseconds since_boot() const override { return now_.time_since_epoch(); }
  void advance(Milliseconds time) { now_ += time; }

 private:
  Timestamp now_{std::chrono::hours(500'000)};  // in 2027
};

// In memory where the machine has such a folder: these tests are not about the disk.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What a job pays from: global, project, agent and experiment, one total window each, and a day of
// the agent.
struct Branch {
  NodeId experiment;
  WindowId global, project, agent, day, own;
  std::vector<WindowId> windows() const { return {own, agent, day, project, global}; }
};

class StoreTest : public testing::Test {
 public:
  static constexpr HourlyPrice kPrice{Money::usd(2)};
  static constexpr Milliseconds kHour{3'600'000};

 protected:
  void SetUp() override;
  std::filesystem::path file() const { return folder_.path() / "pawl.db"; }
  void reopen();

  // The value, or a failed test.
  template <class F>
  auto write(F&& f) {
    auto done = store_->write(f);
    if (!done) ADD_FAILURE() << done.error().message;
    return *std::move(done);
  }
  template <class F>
  auto read(F&& f) {
    auto done = store_->read(f);
    if (!done) ADD_FAILURE() << done.error().message;
    return *std::move(done);
  }
  template <class F>
  void must(F&& f) {
    const Result<void> done = store_->write(f);
    if (!done) ADD_FAILURE() << done.error().message;
  }
  template <class F>
  ErrorKind refusal(F&& f) {
    const auto done = store_->write(f);
    if (done) ADD_FAILURE() << "was not refused";
    return done ? ErrorKind::kInternal : done.error().kind;
  }
  std::int64_t count(const std::string& table);

  NewJob experiment(const std::string& agent = "ada") const;
  JobRow submit(const std::string& agent = "ada");                    // queued
  AttemptRow claim(JobId id, std::vector<std::int32_t> slots = {0});  // starting, with an intent
  void launch(AttemptId attempt);                                     // running
  void end(AttemptId attempt, Money cost = {}, Milliseconds billed = Milliseconds(0));
  void finish(JobId id, JobEvent event = JobEvent::kExitedWell);
  JobRow job(JobId id);

  Branch branch(const Cap& cap, const std::string& experiment = "1");
  BudgetView view(const Branch& branch);
  Result<ReservationId> try_reserve(JobId job, std::int32_t attempt, const Branch& branch,
                                    Amount amount);
  void reserve_all(JobId job, std::int32_t attempt, const Branch& branch, Amount amount);

  TempFolder folder_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  Project project_;
};

NewAttempt attempt_of(JobId job, std::vector<std::int32_t> slots = {0});
Result<Branch> ensure_branch(Transaction& transaction, const Cap& cap,
                             const std::string& experiment);
std::vector<Line> lines_for(const Branch& branch, Amount amount);

}  // namespace pawl::test
