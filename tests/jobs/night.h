// One night at a small desk: the real service, scheduler, ledger and repository, over a simulated
// runner and a fake clock. Tests read as what an agent does and what it sees.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "server/jobs/scheduler.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/store/attempts.h"
#include "server/store/jobs.h"
#include "tests/jobs/simulated_runner.h"

namespace pawl {

class Night : public testing::Test {
 protected:
  Night();
  ~Night() override;

  // The world as one server process sees it; restart() kills it and starts the next on the same
  // state.
  void restart();
  void server_gone_while(
      const std::function<void()>& something);  // ... happens, then the next server starts
  void set_policy(const std::string& text);     // takes effect at the next restart
  void set_pools(const std::string& text);      // likewise
  void reload();  // ... or now, under what runs; a human says yes to what is looser
  void write(const std::string& path, const std::string& text);
  void commit(const std::string& path, const std::string& text);

  SubmitRequest request(const std::string& title) const;  // from base, with a parameter of its own
  std::int64_t submit(const std::string& title);          // the job's number
  Result<SubmitReply> try_submit(const SubmitRequest& asked) {
    return service().submit(agent(), asked);
  }

  template <class T>
  static Error refusal(const Result<T>& result) {
    EXPECT_FALSE(result) << "was not refused";
    return result ? Error{} : result.error();
  }

  // The scheduler works on its own thread; these wait until it has, and fail the test after 20 s.
  void until(const std::function<bool()>& condition, const std::string& what);
  void until_state(std::int64_t number, JobState state);
  AttemptId running(std::int64_t number);          // waits until the job runs
  void finish(std::int64_t number, double value);  // exit 0 with the goal metric, after one minute
  void end(std::int64_t number, const SimulatedRunner::Finish& how);

  JobRow row(std::int64_t number);
  Balance total();  // the global node's total window
  Service& service() { return server_->service; }
  Store& store() { return *server_->store; }
  World& world() { return server_->world; }
  SimulatedRunner& runner() { return *runner_; }
  Caller agent(const std::string& name = "claude") const { return {"root", name, user().string()}; }
  std::filesystem::path user() const { return top_ / "user"; }
  std::filesystem::path state() const { return top_ / "state"; }

  std::filesystem::path top_;
  FakeClock clock_;
  Machine machine_{.gpus = {}, .driver = "", .cpu_slots = 2};  // read at the next restart

 private:
  struct Server {
    Server(const std::filesystem::path& top, const Clock& clock, Machine machine, Runner& runner);
    ~Server() { scheduler.stop(); }
    std::unique_ptr<Store> store;
    TrustedClock time;
    RulesFolder rules;
    ProjectSources sources;
    Bell bell;
    World world;
    RunnerNews news;
    Service service;
    Scheduler scheduler;
  };
  void start();
  void kill();

  std::atomic<RunnerNews*> news_ = nullptr;  // of the server that lives
  std::unique_ptr<SimulatedRunner> runner_;  // outlives servers, as keepers do
  std::unique_ptr<Server> server_;
};

}  // namespace pawl
