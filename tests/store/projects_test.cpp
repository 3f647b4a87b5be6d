// Projects, rounds and the staircase of decisions.
#include "server/store/projects.h"

#include "server/store/decisions.h"
#include "server/store/events.h"
#include "server/store/rounds.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using Projects = StoreTest;

TEST_F(Projects, AProjectIsFoundByIdRootAndName) {
  EXPECT_EQ(read([&](Reader& r) { return find_project(r, project_.id); }).goal_metric, "loss");
  EXPECT_EQ(read([](Reader& r) { return find_project_by_root(r, "/home/ada/tiny"); })->id,
            project_.id);
  EXPECT_EQ(read([](Reader& r) { return find_project_by_name(r, "tiny"); })->id, project_.id);
  EXPECT_EQ(read([](Reader& r) { return find_project_by_name(r, "huge"); }), std::nullopt);
  EXPECT_EQ(read([](Reader& r) { return list_projects(r); }).size(), 1);
}

TEST_F(Projects, ATakenRootOrNameIsAConflict) {
  const NewProject twin{
      .name = "other", .root = project_.root, .base_commit = "b", .goal_metric = "loss"};
  EXPECT_EQ(refusal([&](Transaction& t) { return register_project(t, twin); }),
            ErrorKind::kConflict);
}

TEST_F(Projects, TheBaseIsTheBestUntilSomethingIsKept) {
  EXPECT_EQ(project_.best_commit, "base");
  EXPECT_EQ(project_.best_job, std::nullopt);
}

TEST_F(Projects, TwoAgentsKeepAtOnceAndOneGetsAConflict) {
  const JobId job = submit().id;
  const auto keep = [&](const std::string& commit) {
    return [&, commit](Transaction& t) {
      return set_best(t, project_.id, "base", {.commit = commit, .job = job, .value = 0.9});
    };
  };
  must(keep("mine"));
  EXPECT_EQ(refusal(keep("yours")), ErrorKind::kConflict);
  const Project now = read([&](Reader& r) { return find_project(r, project_.id); });
  EXPECT_EQ(now.best_commit, "mine");
  EXPECT_EQ(now.best_value, 0.9);
}

TEST_F(Projects, AnApprovedBasePinsTheGoalAnew) {
  const NewProject approved{
      .base_commit = "newer", .goal_metric = "accuracy", .direction = Direction::kMax};
  must([&](Transaction& t) { return pin_base(t, project_.id, approved); });
  const Project now = read([&](Reader& r) { return find_project(r, project_.id); });
  EXPECT_EQ(now.base_commit, "newer");
  EXPECT_EQ(now.direction, Direction::kMax);
  EXPECT_EQ(refusal([&](Transaction& t) { return pin_base(t, {99}, approved); }),
            ErrorKind::kNotFound);
}

TEST_F(Projects, RoundsCountPerProject) {
  write([&](Transaction& t) { return insert_round(t, project_.id, "lr", "ada"); });
  const Round second =
      write([&](Transaction& t) { return insert_round(t, project_.id, "depth", "ada"); });
  EXPECT_EQ(second.number, 2);
  EXPECT_EQ(read([&](Reader& r) { return find_round_by_number(r, project_.id, 2); })->title,
            "depth");
  EXPECT_EQ(read([&](Reader& r) { return list_rounds(r, project_.id); }).front().number, 2);
  EXPECT_EQ(store_->read([](Reader& r) { return find_round(r, {9}); }).error().kind,
            ErrorKind::kNotFound);
}

TEST_F(Projects, ADecisionIsAStepOfTheStaircaseAndAnEvent) {
  const JobId job = submit().id;
  const NewDecision keep{.project = project_.id,
                         .job = job,
                         .decision = Decision::kKeep,
                         .why = "3x noise",
                         .agent = "ada",
                         .value = 0.98,
                         .delta = -0.01};
  write([&](Transaction& t) { return record_decision(t, keep); });
  write([&](Transaction& t) {
    return record_decision(
        t,
        {.project = project_.id, .decision = Decision::kIdea, .why = "try depth", .agent = "ada"});
  });
  const auto steps = read([&](Reader& r) { return list_decisions(r, project_.id, 10); });
  ASSERT_EQ(steps.size(), 2);
  EXPECT_EQ(steps[0].decision, Decision::kIdea);
  EXPECT_EQ(steps[1].delta, -0.01);
  const auto events =
      read([](Reader& r) { return list_events(r, {.kind = EventKind::kDecision}); });
  EXPECT_EQ(events[0].text, "keep: 3x noise");
}

TEST_F(Projects, AKeepNamesItsJob) {
  EXPECT_FALSE(store_->write([&](Transaction& t) {
    return record_decision(
        t, {.project = project_.id, .decision = Decision::kKeep, .why = "?", .agent = "ada"});
  }));
  EXPECT_EQ(decision("crash"), Decision::kCrash);
  EXPECT_EQ(decision("Crash"), std::nullopt);
}

}  // namespace
}  // namespace pawl::test
