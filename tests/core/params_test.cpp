#include "server/core/params.h"

#include <gtest/gtest.h>

#include <limits>

using namespace pawl;

TEST(Params, TextRoundTripsEveryKindOfValue) {
  const Params params = {{"flag", true},
                         {"depth", std::int64_t{-8}},
                         {"lr", 0.1},
                         {"tiny", std::numeric_limits<double>::denorm_min()},
                         {"note", std::string("a=b\\n\nc")}};
  EXPECT_EQ(params_from_text(to_text(params)).value(), params);
}

TEST(Params, EqualParametersHaveEqualText) {
  EXPECT_EQ(to_text({{"b", std::int64_t{1}}, {"a", 0.5}}), "f a=0.5\ni b=1\n");
}

TEST(Params, AWholeRealStaysAReal) {
  EXPECT_EQ(params_from_text("f lr=1\n").value(), (Params{{"lr", 1.0}}));
}

TEST(Params, ReadAsOnACommandLine) {
  EXPECT_EQ(describe({{"lr", 0.1}, {"depth", std::int64_t{4}}}), "depth=4 lr=0.1");
}

TEST(Params, DamagedTextIsAnError) {
  EXPECT_FALSE(params_from_text("i depth=four\n").has_value());
  EXPECT_FALSE(params_from_text("x\n").has_value());
}
