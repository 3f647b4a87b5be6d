#include "trainer/core/json_line.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

using namespace trainer;

TEST(JsonLine, HoldsEachKindOfValueInOrder) {
  JsonLine line;
  line.add("step", 8).add("seed", UINT64_MAX).add("done", true).add("loss", 0.1).add("on", "cpu");
  EXPECT_EQ(
      line.text(),
      "{\"step\":8,\"seed\":18446744073709551615,\"done\":true,\"loss\":0.1,\"on\":\"cpu\"}\n");
}

TEST(JsonLine, OfNothingIsAnObject) { EXPECT_EQ(JsonLine().text(), "{}\n"); }

TEST(JsonLine, WritesTheShortestNumberThatReadsBack) {
  JsonLine line;
  line.add("a", 1e6).add("b", 1.0 / 3).add("c", 5e-324).add("d", 1e300);
  EXPECT_EQ(line.text(), "{\"a\":1000000,\"b\":0.3333333333333333,\"c\":5e-324,\"d\":1e+300}\n");
}

TEST(JsonLine, WritesNullForWhatIsNoNumber) {
  JsonLine line;
  line.add("a", std::numeric_limits<double>::quiet_NaN());
  line.add("b", -std::numeric_limits<double>::infinity());
  EXPECT_EQ(line.text(), "{\"a\":null,\"b\":null}\n");
}

TEST(JsonLine, EscapesNamesAndText) {
  JsonLine line;
  line.add("a\"b", "c\\d\n\x01\xc3\xa9");
  EXPECT_EQ(line.text(), "{\"a\\\"b\":\"c\\\\d\\n\\u0001\xc3\xa9\"}\n");
}
