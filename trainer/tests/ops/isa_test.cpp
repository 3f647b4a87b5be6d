// Every op in every instruction set of this machine, in float, against the same op in double.
#include "trainer/ops/cpu/isa.h"

#include "trainer/tests/core/refusal.h"
#include "trainer/tests/ops/cases.h"

using namespace trainer;

TEST(Isa, EveryOpIsThatOfDoubleAsFarAsItsNumbersReach) {
  InDouble reference;
  for (const Case& one : all_cases()) {
    const Arrays wanted = one.in_double(reference.ops, one.inputs);
    for (const Isa isa : available_isas()) {
      SCOPED_TRACE(one.name + " in " + std::string(name(isa)));
      InFloat machine(isa);
      expect_near(one.in_float(machine.ops, one.inputs), wanted,
                  isa == Isa::kAvx512Bf16 ? one.tolerance.in_bfloat16 : one.tolerance.in_float);
    }
  }
}

// What an op keeps from the call before (packed weights, scratch) is none of the next call's
// business.
TEST(Isa, ASecondCallGivesTheSameToTheBit) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    std::vector<Arrays> first;
    const std::vector<Case> cases = all_cases();
    for (const Case& one : cases) first.push_back(one.in_float(machine.ops, one.inputs));
    for (std::size_t i = 0; i < cases.size(); ++i) {
      EXPECT_EQ(cases[i].in_float(machine.ops, cases[i].inputs), first[i])
          << cases[i].name << " in " << name(isa);
    }
  }
}

TEST(Isa, EveryMachineHasTheBaselineFirst) {
  const std::vector<Isa> isas = available_isas();
  ASSERT_FALSE(isas.empty());
  EXPECT_EQ(isas.front(), Isa::kBaseline);
  EXPECT_TRUE(std::ranges::is_sorted(isas));
}

TEST(Isa, AutoIsTheLastOfThisMachine) { EXPECT_EQ(choose_isa("auto"), available_isas().back()); }

TEST(Isa, AnAvailableOneIsChosenByItsName) {
  for (const Isa isa : available_isas()) EXPECT_EQ(choose_isa(name(isa)), isa) << name(isa);
  EXPECT_EQ(choose_isa("baseline"), Isa::kBaseline);
}

TEST(Isa, AnUnknownNameIsRefusedWithThoseThatAreHere) {
  EXPECT_EQ(message_of(choose_isa("avx1024")), "no instruction set \"avx1024\"");
  EXPECT_TRUE(hint_of(choose_isa("avx1024")).starts_with("Here are auto baseline"));
  EXPECT_EQ(message_of(choose_isa("")), "no instruction set \"\"");
}

TEST(Isa, AKnownOneThatTheMachineLacksIsRefusedAsSuch) {
  for (const char* wanted : {"baseline", "avx2", "avx512", "avx512-bf16"}) {
    const Result<Isa> isa = choose_isa(wanted);
    if (!isa) {
      EXPECT_EQ(message_of(isa), "this machine has no " + std::string(wanted) + " instructions");
    }
  }
}
