// Memory, copies and the order of a batch's tokens.
#include <algorithm>

#include "trainer/tests/ops/arrays.h"

using namespace trainer;

static_assert(OpSet<CpuOps<float>> && OpSet<CpuOps<double>>);

namespace {

class TokenOrders : public testing::Test {
 protected:
  // Each group holds its token's positions in order, groups ascend, and all positions are there.
  void expect_groups(const Tokens& tokens, std::int64_t vocabulary) {
    const auto n = static_cast<std::int64_t>(tokens.size());
    const auto& order = machine_.ops.sort_tokens(tokens.data(), n, vocabulary);
    ASSERT_EQ(order.starts.size(), order.tokens.size() + 1);
    EXPECT_EQ(order.groups(), static_cast<std::int64_t>(order.tokens.size()));
    EXPECT_EQ(std::ranges::adjacent_find(order.tokens, std::greater_equal()), order.tokens.end());
    Numbers seen(tokens.size());
    for (std::size_t group = 0; group < order.tokens.size(); ++group) {
      EXPECT_LT(order.starts[group], order.starts[group + 1]);
      for (std::int32_t i = order.starts[group]; i < order.starts[group + 1]; ++i) {
        const std::int32_t position = order.positions.at(at(i));
        EXPECT_EQ(tokens.at(at(position)), order.tokens[group]);
        ++seen[at(position)];
      }
    }
    EXPECT_EQ(seen, Numbers(tokens.size(), 1));
  }
  InDouble machine_;
};

}  // namespace

TEST_F(TokenOrders, GroupsCoverEveryPositionOnce) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Philox random(seed, 0);
    const std::int64_t vocabulary = 1 + random.below(40);
    expect_groups(random_tokens(seed, 1 + random.below(100), vocabulary), vocabulary);
  }
}

TEST_F(TokenOrders, PositionsOfATokenAscend) {
  const Tokens tokens = {3, 1, 3, 0, 1, 3};
  const auto& order = machine_.ops.sort_tokens(tokens.data(), 6, 5);
  EXPECT_EQ(order.tokens, (Tokens{0, 1, 3}));
  EXPECT_EQ(order.positions, (Tokens{3, 1, 4, 0, 2, 5}));
  EXPECT_EQ(order.starts, (Tokens{0, 1, 3, 6}));
}

TEST(Memory, IsZeroedAndAlignedAndStaysWhereItIs) {
  InFloat machine(Isa::kBaseline);
  std::vector<float*> blocks;
  for (int i = 0; i < 20; ++i) {
    blocks.push_back(static_cast<float*>(machine.ops.allocate(4 * sizeof(float))));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back()) % 64, 0U);
    for (int j = 0; j < 4; ++j) EXPECT_EQ(blocks.back()[j], 0);
    std::fill_n(blocks.back(), 4, static_cast<float>(i));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(blocks[at(i)][3], static_cast<float>(i));
  EXPECT_NE(machine.ops.allocate(0), nullptr);
}

TEST(Memory, CopiesThereAndBack) {
  InDouble machine;
  const std::vector<float> from = {1.5F, -2, 3};
  Numbers values(3);
  std::vector<float> back(3);
  machine.ops.copy_in(values.data(), from.data(), 3);
  EXPECT_EQ(values, (Numbers{1.5, -2, 3}));
  machine.ops.copy_out(back.data(), values.data(), 3);
  EXPECT_EQ(back, from);
  machine.ops.zero(values.data(), 2);
  EXPECT_EQ(values, (Numbers{0, 0, 3}));
}

// In double: a million times 2^-24 is lost in floats next to a 1.
TEST(Memory, SumsFloatsInDouble) {
  InFloat machine(Isa::kBaseline);
  std::vector<float> x(1 + (1 << 20), 0x1p-24F);
  x[0] = 1;
  EXPECT_EQ(machine.ops.sum(x.data(), static_cast<std::int64_t>(x.size())), 1.0625);
}
