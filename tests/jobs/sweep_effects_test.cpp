#include "server/jobs/sweep_effects.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

SweepPoint point(double lr, std::int64_t depth, bool warm, double value) {
  return {.params = {{"lr", lr}, {"depth", depth}, {"warm", warm}, {"fixed", std::string("x")}},
          .value = value};
}

}  // namespace

TEST(SweepEffects, OfAFractionSayWhatIsMixed) {
  const auto found = effects_of({point(0.1, 4, true, 1), point(0.2, 4, false, 2),
                                 point(0.1, 6, false, 3), point(0.2, 6, true, 5)},
                                {});
  EXPECT_TRUE(found.design.starts_with("1/2 of 2^3, resolution III")) << found.design;
  ASSERT_EQ(found.effects.size(), 3U);
  EXPECT_EQ(found.effects.at(0).name, "depth + lr x warm");
  EXPECT_EQ(found.axes.at(1), "lr: 0.1 to 0.2");
}

TEST(SweepEffects, OfMoreThanTwoLevelsAreMeans) {
  const auto found =
      effects_of({point(0.1, 4, true, 1), point(0.2, 4, true, 2), point(0.3, 4, true, 6)}, {});
  EXPECT_EQ(found.design, "means by level");
  ASSERT_EQ(found.levels.size(), 3U);
  EXPECT_EQ(found.levels.at(2).value, "0.3");
  EXPECT_EQ(found.levels.at(2).delta, 3);
  EXPECT_TRUE(found.effects.empty());
}

TEST(SweepEffects, WithACornerMissingAreMeansAndSaySo) {
  const auto found =
      effects_of({point(0.1, 4, true, 1), point(0.2, 4, true, 2), point(0.1, 6, true, 3)}, {});
  EXPECT_TRUE(found.design.contains("not every corner")) << found.design;
  EXPECT_EQ(found.levels.size(), 4U);
}
