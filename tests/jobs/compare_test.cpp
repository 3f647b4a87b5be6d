#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Compare : public Night {
 protected:
  Compare() {
    EXPECT_TRUE(try_submit({.variant = {.title = "baseline"}, .from = "base", .repeat = 3}));
    finish(1, 1.50);
    finish(2, 1.52);
    finish(3, 1.51);
  }
  Result<CompareReply> compare(const std::vector<std::string>& jobs) {
    return service().compare(agent(), {.jobs = jobs});
  }
};

TEST_F(Compare, JobsDifferInParametersCodeAndResult) {
  SubmitRequest changed = request("changed");
  changed.variant.edits = {{"train", "#!/bin/sh\n", "#!/bin/sh\nexit 0\n"}};
  finish(try_submit(changed).value().jobs.at(0).job.number, 1.41);
  const auto compared = compare({"001", "004"}).value();
  ASSERT_EQ(compared.params.size(), 1U);
  EXPECT_EQ(compared.params.at(0).name, "n");
  EXPECT_EQ(compared.params.at(0).values.at(0), "0");
  EXPECT_EQ(compared.code.at(0).files, std::vector<std::string>{"train"});
  EXPECT_EQ(compared.code.at(0).stat.insertions, 1);
  EXPECT_NE(compared.code.at(0).text.find("+exit 0"), std::string::npos);
  const Difference& difference = compared.jobs.at(1).difference;
  EXPECT_NEAR(difference.delta, -0.10, 1e-9);  // to the mean of the three seeds
  EXPECT_EQ(difference.basis, Basis::kFloor);
  EXPECT_EQ(difference.finding, Finding::kBetter);
}

TEST_F(Compare, SeedsOnBothSidesAreJudgedByThem) {
  SubmitRequest better = request("better");
  better.repeat = 3;
  const auto jobs = try_submit(better).value().jobs;
  finish(jobs.at(0).job.number, 1.40);
  finish(jobs.at(1).job.number, 1.42);
  finish(jobs.at(2).job.number, 1.41);
  const auto difference = compare({"001", "004"}).value().jobs.at(1).difference;
  EXPECT_EQ(difference.basis, Basis::kWelch);
  EXPECT_NEAR(difference.p.value(), 0.000255, 1e-5);  // t = -12.247 with 4 degrees
}

TEST_F(Compare, AJobWithoutAResultDoesNotCompare) {
  const std::int64_t crash = submit("crash");
  end(crash, {.exit_code = 1});
  EXPECT_NE(refusal(compare({"001", "004"})).message.find("is failed and has no val_bpb"),
            std::string::npos);
  EXPECT_EQ(refusal(compare({"001", "099"})).kind, ErrorKind::kNotFound);
  EXPECT_EQ(refusal(service().compare(agent(), {})).kind, ErrorKind::kInvalid);
  EXPECT_EQ(refusal(service().compare(agent(), {.jobs = {"001", "002"}, .round = "r1"})).kind,
            ErrorKind::kInvalid);
}

// lr 0.25 and 0.75, n 2 and 4; the base point, lr 0.5 and n 3, ran before the sweep.
TEST_F(Compare, ARoundShowsMainEffectsAnInteractionAndTheCentre) {
  SubmitRequest centre{.variant = {.title = "centre"}, .from = "base"};
  centre.variant.params["n"] = std::int64_t{3};
  finish(try_submit(centre).value().jobs.at(0).job.number, 1.30);
  SweepRequest sweep{.title = "two by two",
                     .base = "004",
                     .grid = {{"lr", {0.25, 0.75}}, {"n", {std::int64_t{2}, std::int64_t{4}}}},
                     .center = true};
  const auto round = service().submit_sweep(agent(), sweep).value();
  EXPECT_EQ(round.design, "full 2^2");
  ASSERT_EQ(round.jobs.size(), 5U);
  EXPECT_TRUE(round.jobs.at(0).reused);
  const std::array values = {1.40, 1.50, 1.60, 1.90};
  for (std::size_t i = 0; i < values.size(); ++i) {
    finish(round.jobs.at(i + 1).job.number, values.at(i));
  }
  const auto compared = service().compare(agent(), {.round = round.round}).value();
  const SweepEffects& found = compared.effects.value();
  EXPECT_EQ(found.design, "full 2^2");
  ASSERT_EQ(found.effects.size(), 3U);
  EXPECT_EQ(found.effects.at(0).name, "lr");
  EXPECT_NEAR(found.effects.at(0).size, 0.30, 1e-9);
  EXPECT_EQ(found.effects.at(2).name, "lr x n");
  EXPECT_NEAR(found.effects.at(2).size, 0.10, 1e-9);
  EXPECT_NEAR(found.standard_error.value(), 0.01, 1e-9);  // the floor, over half of four points
  EXPECT_NEAR(found.curvature.value().size, 0.30, 1e-9);  // 1.60 is foretold
  EXPECT_EQ(compared.missing, 0);
}

TEST_F(Compare, ARoundThatIsNoDesignOfParametersSaysSo) {
  Variant one{.title = "one", .edits = {{"train", "#!/bin/sh\n", "#!/bin/sh\n# 1\n"}}};
  Variant two{.title = "two", .edits = {{"train", "#!/bin/sh\n", "#!/bin/sh\n# 2\n"}}};
  const auto round =
      service().submit_sweep(agent(), {.title = "code", .base = "base", .variants = {one, two}});
  finish(round->jobs.at(0).job.number, 1.4);
  EXPECT_NE(refusal(service().compare(agent(), {.round = round->round})).message.find("1 of the 2"),
            std::string::npos);
  finish(round->jobs.at(1).job.number, 1.5);
  EXPECT_NE(refusal(service().compare(agent(), {.round = round->round})).message.find("their code"),
            std::string::npos);
  EXPECT_EQ(refusal(service().compare(agent(), {.round = "r99"})).kind, ErrorKind::kNotFound);
}

}  // namespace
