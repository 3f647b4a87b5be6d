// Many submits at once on a cap that fits some of them: exactly those get in (L1, L3).
#include <array>
#include <barrier>
#include <thread>

#include "server/jobs/admission.h"
#include "server/store/ledger_check.h"
#include "server/store/projects.h"
#include "server/store/store.h"
#include "tests/jobs/simulated_runner.h"

using namespace pawl;

namespace {

constexpr int kThreads = 64;
constexpr int kRounds = 200;
constexpr int kFit = 5;

// A policy under which five worst cases of one project fit its day.
Policy five_a_day() {
  Policy policy{};
  policy.timezone = {"Europe/Rome", ""};
  policy.night = {{22 * 60, 7 * 60}, ""};
  policy.budget.day = Sourced<Money>{Money::usd(1'000'000), "a:1:1"};
  ProjectRule rule{.match = "*"};
  rule.limits.day = Sourced<Money>{Money::micros(kFit * 605'001 + 605'000), "a:2:1"};
  rule.limits.week = Sourced<Money>{Money::usd(900), "a:3:1"};
  policy.projects.push_back(rule);
  return policy;
}

class CapRace : public testing::Test {
 protected:
  CapRace() : top_(make_folder()), store_(*Store::open(top_ / "pawl.db", clock_)) {
    terms_.rules.stage = "screen";
    terms_.rules.max_queued.value = 1'000'000;
    terms_.dearest.price = {Money::micros(1'200'000)};
    terms_.dearest.units = 1;
    terms_.worst_time = Milliseconds(1'815'001);
    terms_.worst = {Money::micros(605'001), Milliseconds(0)};
  }
  ~CapRace() override {
    store_.reset();
    std::filesystem::remove_all(top_);
  }

  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pawl-race-XXXXXX").string();
    return mkdtemp(name.data());
  }

  Project project(int round) {
    const std::string name = "p" + std::to_string(round);
    return store_
        ->write([&](Transaction& t) {
          return register_project(
              t, {.name = name, .root = "/" + name, .base_commit = "b", .goal_metric = "loss"});
        })
        .value();
  }

  bool submit(const Project& project, int thread) {
    const NewJob job{.project = project.id,
                     .title = "t",
                     .agent = "a" + std::to_string(thread),
                     .principal = "p",
                     .stage = "screen",
                     .content_hash = std::to_string(thread),
                     .limit = Milliseconds(1'800'000)};
    const AdmissionRequest request{.project = project,
                                   .policy = policy_,
                                   .terms = terms_,
                                   .now = clock_.now(),
                                   .principal = "p",
                                   .agent = job.agent,
                                   .stage = "screen",
                                   .jobs = {job}};
    return store_->write([&](Transaction& t) { return admit(t, request); }).has_value();
  }

  FakeClock clock_;
  std::filesystem::path top_;
  std::unique_ptr<Store> store_;
  const Policy policy_ = five_a_day();
  Terms terms_{};
};

TEST_F(CapRace, SixtyFourThreadsOnACapThatFitsFiveAdmitFiveEveryTime) {  // L1, L3, L10
  std::vector<Project> projects;
  for (int round = 0; round < kRounds; ++round) projects.push_back(project(round));
  std::array<std::atomic<int>, kRounds> admitted{};
  std::barrier together(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t round = 0; round < projects.size(); ++round) {
          together.arrive_and_wait();
          if (submit(projects[round], i)) ++admitted.at(round);
        }
      });
    }
  }
  for (const auto& count : admitted) EXPECT_EQ(count, kFit);
  EXPECT_TRUE(store_->read([](Reader& reader) { return verify_ledger(reader); }).value().empty());
}

}  // namespace
