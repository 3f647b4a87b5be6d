#include "trainer/core/text.h"

#include <gtest/gtest.h>

#include <vector>

#include "trainer/core/number.h"

using namespace trainer;

TEST(DidYouMean, NamesTheNearestWord) {
  const std::vector<std::string> words = {"depth", "width", "seed"};
  EXPECT_EQ(did_you_mean("dpeth", words), " Did you mean \"depth\"?");
  EXPECT_EQ(did_you_mean("see", words), " Did you mean \"seed\"?");
}

TEST(DidYouMean, IsSilentWhereNothingIsNear) {
  EXPECT_EQ(did_you_mean("temperature", std::vector<std::string>{"depth", "seed"}), "");
  EXPECT_EQ(did_you_mean("depth", {}), "");
}

TEST(DidYouMean, AllowsMoreSlipsInLongWords) {
  const std::vector<std::string> words = {"matrix_learning_rate"};
  EXPECT_EQ(did_you_mean("matrx_lerning_rat", words), " Did you mean \"matrix_learning_rate\"?");
}

TEST(Text, GroupsDigitsByThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
}

TEST(Text, FormatsAsPrintf) { EXPECT_EQ(format("%s has %03d", "it", 7), "it has 007"); }

TEST(Shortest, ReadsBackAsTheSameNumber) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(524288), "524288");
  EXPECT_EQ(shortest(1e15), "1e+15");
  EXPECT_EQ(shortest(2.2250738585072014e-308), "2.2250738585072014e-308");
}
