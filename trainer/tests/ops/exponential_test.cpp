// e^x of rows.h as the kernels of every instruction set compile it. They are built with
// -ffast-math, which once took its rounding apart; these tests notice a relative error of 1e-5
// anywhere in [-10, 10].
#include <algorithm>
#include <array>

#include "trainer/tests/ops/calls.h"
#include "trainer/tests/ops/head_calls.h"

using namespace trainer;

namespace {

constexpr std::int64_t kPoints = 1281;  // of [-10, 10], a 64th apart

double point(std::int64_t i) { return static_cast<double>(i) / 64 - 10; }

// A number as the sum of two that bfloat16 holds.
std::array<double, 2> halves(double x) { return {std::trunc(x), x - std::trunc(x)}; }

}  // namespace

// Every score of query t is its point x, so log_sum is x + log of the keys: an error of e^x shows
// as it is. What 64 float sums and a number below 16 round is 4e-6.
TEST(Exponential, IsRightInAttention) {
  const Attend op = {{1, kPoints, 1, 4}, 63};
  Arrays in = {{"q", {}}, {"k", {}}, {"v", Numbers(4 * kPoints, 0)}};
  for (std::int64_t t = 0; t < kPoints; ++t) {
    const auto [whole, rest] = halves(point(t));
    in["q"].insert(in["q"].end(), {whole, rest, 0, 0});
    in["k"].insert(in["k"].end(), {2, 2, 0, 0});  // over sqrt(4)
  }
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Numbers sums = op.forward(machine.ops, in).at("log_sum");
    for (std::int64_t t = 0; t < kPoints; ++t) {
      const double wanted = point(t) + std::log(std::min(static_cast<double>(t + 1), 64.0));
      EXPECT_NEAR(sums[at(t)], wanted, 1e-5) << name(isa) << " at " << point(t);
    }
  }
}

// 40 logits of x and a target of 0: the loss log(40 e^c + 1), c = 15 tanh(x / 15), shows e^c where
// x >= 0.
TEST(Exponential, IsRightInTheLosses) {
  const Losses op = {Tokens(kPoints, 40), 2, 41};
  Arrays in = {{"x", {}}, {"weight", Numbers(80, 1)}};
  in["weight"].insert(in["weight"].end(), {0, 0});
  for (std::int64_t i = 0; i < kPoints; ++i) {
    for (const double half : halves(point(i))) in["x"].push_back(half);
  }
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Numbers losses = op.forward(machine.ops, in).at("losses");
    for (std::int64_t i = 0; i < kPoints; ++i) {
      const double wanted = std::log(40 * std::exp(15 * std::tanh(point(i) / 15)) + 1);
      EXPECT_NEAR(losses[at(i)], wanted, 1e-5) << name(isa) << " at " << point(i);
    }
  }
}

// A gate is 2 / (1 + e^-z): relative to itself it shows e^x where x = -z >= 0.
TEST(Exponential, IsRightInValueGates) {
  const SplitHeads op = {{1, kPoints, 1, 32}, Tokens(kPoints, 0), 1};
  Arrays in = op.inputs();
  in["gate_weight"] = Numbers(32, 0);
  in["gate_weight"][0] = 1;
  for (std::int64_t i = 0; i < kPoints; ++i) in["input"][at(32 * i)] = point(i);
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Numbers gates = op.forward(machine.ops, in).at("gates");
    for (std::int64_t i = 0; i < kPoints; ++i) {
      const double wanted = 2 / (1 + std::exp(-point(i)));
      EXPECT_NEAR(gates[at(i)] / wanted, 1, 1e-5) << name(isa) << " at " << point(i);
    }
  }
}

// There e^x is no number of float any more; its own bounds are e^-87 and e^87.
TEST(Exponential, IsFiniteFarOutside) {
  const SplitHeads op = {{1, 2, 1, 32}, {0, 0}, 1};
  Arrays in = op.inputs();
  in["gate_weight"] = Numbers(32, 1);
  for (std::size_t i = 0; i < 64; ++i) in["input"][i] = i < 32 ? 1e30 : -1e30;
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Numbers gates = op.forward(machine.ops, in).at("gates");
    EXPECT_EQ(gates.at(0), 2) << name(isa);
    EXPECT_LT(gates.at(1), 1e-30) << name(isa);
    EXPECT_GE(gates.at(1), 0) << name(isa);
  }
}
