// Against worked examples of textbooks.
#include "server/statistics/effects.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

using namespace pawl;

namespace {

// In standard order: the first axis turns fastest.
std::vector<DesignPoint> cube(std::size_t axes, const std::vector<double>& values,
                              std::int64_t seeds = 1) {
  std::vector<DesignPoint> corners;
  for (std::size_t i = 0; i < values.size(); ++i) {
    DesignPoint& corner = corners.emplace_back(DesignPoint{{}, values[i], seeds});
    for (std::size_t axis = 0; axis < axes; ++axis) {
      corner.levels.push_back(((i >> axis) & 1U) != 0 ? 1 : -1);
    }
  }
  return corners;
}

double size_of(const Factorial& fit, const Factors& factors) {
  for (const Effect& effect : fit.effects) {
    for (const Effect::Term& term : effect.terms) {
      if (term.factors == factors) return effect.size;
    }
  }
  ADD_FAILURE() << "no such effect";
  return 0;
}

NoiseFloor floor_of(double deviation, std::int64_t freedom) {
  return {.deviation = deviation, .samples = freedom + 1, .freedom = freedom, .interval = {}};
}

}  // namespace

// Box, Hunter and Hunter: the pilot plant. Temperature, concentration, catalyst; each yield is the
// mean of two runs, whose pooled variance is 8.
TEST(Effects, OfThePilotPlantAreThoseOfTheBook) {
  const auto fit =
      factorial_of(cube(3, {60, 72, 54, 68, 52, 83, 45, 80}, 2), {}, floor_of(2.828427125, 8))
          .value();
  EXPECT_NEAR(fit.mean, 64.25, 1e-9);
  EXPECT_NEAR(size_of(fit, {0}), 23.0, 1e-9);
  EXPECT_NEAR(size_of(fit, {1}), -5.0, 1e-9);
  EXPECT_NEAR(size_of(fit, {2}), 1.5, 1e-9);
  EXPECT_NEAR(size_of(fit, {0, 1}), 1.5, 1e-9);
  EXPECT_NEAR(size_of(fit, {0, 2}), 10.0, 1e-9);
  EXPECT_NEAR(size_of(fit, {1, 2}), 0.0, 1e-9);
  EXPECT_NEAR(fit.standard_error.value(), 1.414214, 1e-6);
  EXPECT_NEAR(fit.effects.front().noise_x.value(), 16.263456, 1e-5);
  EXPECT_LT(fit.effects.front().p.value(), 1e-6);
}

// Montgomery, Design and Analysis of Experiments: the filtration rate, half of 2^4 with D = ABC.
TEST(Effects, OfAHalfFractionComeWithWhatTheyCannotBeToldFrom) {
  const std::vector<DesignPoint> corners = {
      {{-1, -1, -1, -1}, 45}, {{1, -1, -1, 1}, 100}, {{-1, 1, -1, 1}, 45}, {{1, 1, -1, -1}, 65},
      {{-1, -1, 1, 1}, 75},   {{1, -1, 1, -1}, 60},  {{-1, 1, 1, -1}, 80}, {{1, 1, 1, 1}, 96}};
  const auto fit = factorial_of(corners, {}, {}).value();
  EXPECT_NEAR(size_of(fit, {0}), 19.0, 1e-9);
  EXPECT_NEAR(size_of(fit, {1}), 1.5, 1e-9);
  EXPECT_NEAR(size_of(fit, {2}), 14.0, 1e-9);
  EXPECT_NEAR(size_of(fit, {3}), 16.5, 1e-9);
  EXPECT_NEAR(size_of(fit, {0, 1}), -1.0, 1e-9);
  EXPECT_NEAR(size_of(fit, {0, 2}), -18.5, 1e-9);
  EXPECT_NEAR(size_of(fit, {0, 3}), 19.0, 1e-9);
  ASSERT_EQ(fit.effects.size(), 7U);
  ASSERT_EQ(fit.effects[4].terms.size(), 2U);  // AB + CD
  EXPECT_EQ(fit.effects[4].terms[1].factors, (Factors{2, 3}));
  EXPECT_FALSE(fit.standard_error);
  EXPECT_FALSE(fit.effects[0].p);
}

TEST(Effects, OfTheOtherHalfComeInWithTheOtherSign) {  // C = -AB
  const std::vector<DesignPoint> corners = {
      {{-1, -1, -1}, 1}, {{1, -1, 1}, 2}, {{-1, 1, 1}, 3}, {{1, 1, -1}, 5}};
  const auto fit = factorial_of(corners, {}, {}).value();
  ASSERT_EQ(fit.effects.size(), 3U);
  EXPECT_EQ(fit.effects[2].terms[1].factors, (Factors{0, 1}));
  EXPECT_EQ(fit.effects[2].terms[1].sign, -1);
}

// Montgomery: a 2^2 with five runs at the centre, whose deviation is 0.2074.
TEST(Effects, TheCentreShowsCurvature) {
  const DesignPoint centre{{0, 0}, 40.46, 5};
  const auto fit =
      factorial_of(cube(2, {39.3, 40.9, 40.0, 41.5}), centre, floor_of(0.2073644, 4)).value();
  EXPECT_NEAR(size_of(fit, {0}), 1.55, 1e-9);
  EXPECT_NEAR(size_of(fit, {1}), 0.65, 1e-9);
  EXPECT_NEAR(size_of(fit, {0, 1}), -0.05, 1e-9);
  EXPECT_NEAR(fit.curvature.value().size, -0.035, 1e-9);
  EXPECT_NEAR(fit.curvature.value().noise_x.value(), 0.251611, 1e-5);
  EXPECT_GT(fit.curvature.value().p.value(), 0.8);
}

TEST(Effects, AnInnerPointOffTheCentreIsComparedWithWhatIsForetoldThere) {
  const DesignPoint inner{{0.5, 0}, 3};
  const auto fit = factorial_of(cube(2, {0, 4, 0, 4}), inner, {}).value();
  EXPECT_NEAR(fit.curvature.value().size, 0, 1e-12);  // 2 + 4/2 * 0.5
}

TEST(Effects, OfAnIncompleteDesignAreNotMadeUp) {
  auto corners = cube(3, {60, 72, 54, 68, 52, 83, 45, 80});
  corners.pop_back();
  EXPECT_FALSE(factorial_of(corners, {}, {}));
  EXPECT_FALSE(factorial_of(cube(1, {1}), {}, {}));
  EXPECT_FALSE(factorial_of({}, {}, {}));
}

TEST(Effects, AResponseThatIsLinearIsFoundExactly) {
  EXPECT_TRUE(rc::check("effects are twice the coefficients", [](const std::array<int, 6>& c) {
    std::vector<DesignPoint> corners = cube(3, std::vector<double>(8));
    for (DesignPoint& corner : corners) {
      const auto& x = corner.levels;
      corner.value = c[0] * x[0] + c[1] * x[1] + c[2] * x[2] + c[3] * x[0] * x[1] +
                     c[4] * x[0] * x[2] + c[5] * x[1] * x[2] + 7;
    }
    std::ranges::reverse(corners);  // the order does not matter
    const auto fit = factorial_of(corners, {}, {});
    RC_ASSERT(fit);
    RC_ASSERT(fit->mean == 7.0);
    RC_ASSERT(size_of(*fit, {1}) == 2.0 * c[1]);
    RC_ASSERT(size_of(*fit, {0, 2}) == 2.0 * c[4]);
  }));
}
