// Results never depend on the number of threads.
#include "trainer/tests/ops/cases.h"

using namespace trainer;

TEST(Threads, OneTwoAndThreeGiveTheSameToTheBitInDouble) {
  InDouble one(1), two(2), three(3);
  for (const Case& op : all_cases()) {
    const Arrays wanted = op.in_double(one.ops, op.inputs);
    EXPECT_EQ(op.in_double(two.ops, op.inputs), wanted) << op.name;
    EXPECT_EQ(op.in_double(three.ops, op.inputs), wanted) << op.name;
  }
}

TEST(Threads, OneTwoAndThreeGiveTheSameToTheBitInEveryInstructionSet) {
  for (const Isa isa : available_isas()) {
    InFloat one(isa, 1), two(isa, 2), three(isa, 3);
    for (const Case& op : all_cases()) {
      const Arrays wanted = op.in_float(one.ops, op.inputs);
      EXPECT_EQ(op.in_float(two.ops, op.inputs), wanted) << op.name << " in " << name(isa);
      EXPECT_EQ(op.in_float(three.ops, op.inputs), wanted) << op.name << " in " << name(isa);
    }
  }
}
