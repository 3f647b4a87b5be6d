#include "trainer/checkpoint/state_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "trainer/tests/core/refusal.h"

using namespace trainer;

namespace {

template <class Value>
Value through_text(Value value) {
  StateText state;
  state.set("x", value);
  return StateText::parse(state.text())->get<Value>("x").value();
}

}  // namespace

TEST(StateText, IsSortedLines) {
  StateText state;
  state.set("step", std::int64_t{8});
  state.set("budget.used", 0.1);
  state.set("step", std::int64_t{9});
  state.set("note", std::string("a \"b\"\n"));
  EXPECT_EQ(state.text(), "budget.used = \"0.1\"\nnote = \"a \\\"b\\\"\\n\"\nstep = \"9\"\n");
}

TEST(StateText, GivesBackExactlyWhatWasSet) {
  EXPECT_EQ(through_text(std::numeric_limits<std::int64_t>::min()), INT64_MIN);
  EXPECT_EQ(through_text(std::numeric_limits<std::uint64_t>::max()), UINT64_MAX);
  EXPECT_EQ(through_text(std::string("\x01 # = \r\n\"\\")), "\x01 # = \r\n\"\\");
  for (const double real : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 9007199254740993.0}) {
    EXPECT_EQ(through_text(real), real);
  }
  EXPECT_TRUE(std::signbit(through_text(-0.0)));
  EXPECT_TRUE(std::isinf(through_text(std::numeric_limits<double>::infinity())));
}

TEST(StateText, AMissingNameIsRefused) {
  EXPECT_EQ(message_of(StateText().get<double>("loss")), "the state has no \"loss\"");
}

TEST(StateText, AValueOfAnotherTypeIsRefused) {
  StateText state;
  state.set("x", 1.5);
  state.set("n", std::int64_t{-1});
  state.set("s", std::string("12 "));
  EXPECT_EQ(message_of(state.get<std::int64_t>("x")),
            "the state's x is \"1.5\", not a whole number of 64 bits");
  EXPECT_EQ(message_of(state.get<std::uint64_t>("n")),
            "the state's n is \"-1\", not a whole number from 0 to 2^64 - 1");
  EXPECT_EQ(message_of(state.get<double>("s")), "the state's s is \"12 \", not a real number");
}

TEST(StateText, DamagedTextIsRefused) {
  EXPECT_EQ(message_of(StateText::parse("step = \"1\"\nstep")),
            "state:2: this is not `name = value`");
  EXPECT_EQ(message_of(StateText::parse("a = [\"1\", \"2\"]")), "state:1: a is a list");
}
