// Grids become rounds, and duplicates are said.
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Sweep : public Night {
 protected:
  SweepRequest grid(Grid axes) const {
    return {.title = "a grid", .base = "base", .grid = std::move(axes)};
  }
};

TEST_F(Sweep, AGridBecomesOneJobForEachPointTitledByItsValues) {
  const auto reply =
      service().submit_sweep(agent(), grid({{"lr", {0.1, 0.2}}, {"n", {std::int64_t{1}}}})).value();
  ASSERT_EQ(reply.jobs.size(), 2U);
  EXPECT_EQ(reply.jobs[0].job.title, "lr=0.1 n=1");
  EXPECT_EQ(params_from_text(row(2).params).value().at("lr"), ParamValue(0.2));
}

TEST_F(Sweep, TheBasePointThatRanBeforeIsReusedForNothing) {
  SubmitRequest base{.variant = {.title = "baseline"}, .from = "base"};
  finish(try_submit(base).value().jobs.at(0).job.number, 1.5);
  SweepRequest asked = grid({{"lr", {0.1, 0.2}}});
  asked.center = true;
  const auto reply = service().submit_sweep(agent(), asked).value();
  ASSERT_EQ(reply.jobs.size(), 3U);
  EXPECT_TRUE(reply.jobs[0].reused);
  EXPECT_EQ(reply.jobs[0].job.value, 1.5);
  EXPECT_EQ(reply.worst_case, Money::micros(2 * 605'001));
}

TEST_F(Sweep, AValueOutOfRangeNamesItsParameterAndTheRange) {
  const Error error = refusal(service().submit_sweep(agent(), grid({{"lr", {0.1, 5.0}}})));
  EXPECT_EQ(error.message, "variant \"lr=5\": lr = 5 is over the limit of 1");
  EXPECT_EQ(error.hint, "Allowed is lr float 0..1 (0.5).");
  const Error typo = refusal(service().submit_sweep(agent(), grid({{"lrr", {0.1}}})));
  EXPECT_NE(typo.hint.find("Did you mean \"lr\"?"), std::string::npos) << typo.hint;
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Sweep, AGridAndVariantsTogetherAreRefused) {
  SweepRequest asked = grid({{"lr", {0.1}}});
  asked.variants = {{.title = "v"}};
  EXPECT_EQ(refusal(service().submit_sweep(agent(), asked)).message,
            "both grid and variants are given");
  EXPECT_EQ(refusal(service().submit_sweep(agent(), grid({}))).message,
            "neither grid nor variants is given");
}

TEST_F(Sweep, AnotherGridWithTheSameKeyIsAConflict) {
  SweepRequest asked = grid({{"lr", {0.1, 0.2}}});
  asked.key = "k";
  ASSERT_TRUE(service().submit_sweep(agent(), asked));
  EXPECT_TRUE(service().submit_sweep(agent(), asked).value().jobs.at(0).reused);
  asked.grid[0].values[1] = 0.3;
  EXPECT_EQ(refusal(service().submit_sweep(agent(), asked)).kind, ErrorKind::kConflict);
}

}  // namespace
