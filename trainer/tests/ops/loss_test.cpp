// The head's losses in double, and the exponential of every instruction set as they use it.
#include <numeric>

#include "trainer/tests/ops/calls.h"
#include "trainer/tests/ops/differences.h"

using namespace trainer;

namespace {

Numbers naive_losses(const Losses& op, const Arrays& in) {
  Numbers losses;
  for (std::int64_t n = 0; n < op.rows(); ++n) {
    Numbers logits;
    for (std::int64_t j = 0; j < op.vocabulary; ++j) {
      double z = 0;
      for (std::int64_t k = 0; k < op.width; ++k) {
        z += in.at("x")[at(n * op.width + k)] * in.at("weight")[at(j * op.width + k)];
      }
      logits.push_back(op.cap * std::tanh(z / op.cap));
    }
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit);
    const Token target = op.targets[at(n)];
    losses.push_back(target < 0 ? 0 : std::log(sum) - logits[at(target)]);
  }
  return losses;
}

Losses some_ignored(std::int64_t rows, std::int64_t width, std::int64_t vocabulary) {
  Losses op = {random_tokens(1, rows, vocabulary), width, vocabulary};
  for (std::size_t n = 1; n < op.targets.size(); n += 3) op.targets[n] = -1;
  return op;
}

// The losses of one token with width 1: logits z w for each w.
double loss_of_logits(Isa isa, double z, const Numbers& weights, Token target) {
  InFloat machine(isa, 1);
  const Losses op = {{target}, 1, static_cast<std::int64_t>(weights.size())};
  return op.forward(machine.ops, {{"x", {z}}, {"weight", weights}}).at("losses").at(0);
}

}  // namespace

// Rows about the 512 whose logits exist at a time.
TEST(HeadLosses, AreTheCrossEntropyOfCappedLogits) {
  InDouble machine;
  for (const Losses& op : {some_ignored(1, 1, 2), some_ignored(5, 3, 7), some_ignored(17, 33, 65),
                           some_ignored(512, 4, 9), some_ignored(515, 5, 33)}) {
    const Arrays in = op.inputs();
    expect_near(op.forward(machine.ops, in), {{"losses", naive_losses(op, in)}}, 1e-12);
    expect_near(op.backward(machine.ops, in), {{"losses", naive_losses(op, in)}}, 1e-12);
  }
}

TEST(HeadLosses, GradientsAreThoseOfDifferences) {
  for (const Losses& op : {some_ignored(1, 1, 2), some_ignored(5, 3, 7), some_ignored(17, 33, 65),
                           some_ignored(515, 2, 5)}) {
    expect_gradients(op, op.inputs(), {"x", "weight"});
  }
}

TEST(HeadLosses, ATokenWithoutTargetHasNoLossAndNoGradient) {
  InDouble machine;
  const Losses op = {{-1, -1, -1}, 5, 6};
  const Arrays results = op.backward(machine.ops, op.inputs());
  EXPECT_EQ(results.at("losses"), Numbers(3, 0));
  EXPECT_EQ(results.at("dx"), Numbers(15, 0));
  EXPECT_EQ(results.at("dweight"), Numbers(30, 0));
}

TEST(HeadLosses, AScaleOfZeroGivesNoGradient) {
  InDouble machine;
  const Losses op = {{1, 2, 0}, 5, 6};
  Arrays in = op.inputs();
  in.at("dlosses") = Numbers(3, 0);
  const Arrays results = op.backward(machine.ops, in);
  EXPECT_EQ(results.at("dx"), Numbers(15, 0));
  EXPECT_GT(results.at("losses").at(0), 0);
}

// tanh(20) = 1 to the last bit, so the logits are 15 and 0: losses log(1 + e^-15) and that + 15.
TEST(HeadLosses, LogitsFarOverTheCapStopAtIt) {
  for (const Isa isa : available_isas()) {
    for (const double z : {300.0, 32768.0, 1e30}) {
      EXPECT_NEAR(loss_of_logits(isa, z, {1, 0}, 0), 3.0590232e-7, 2e-6) << name(isa) << z;
      EXPECT_NEAR(loss_of_logits(isa, z, {1, 0}, 1), 15.0000003, 4e-6) << name(isa) << z;
      EXPECT_NEAR(loss_of_logits(isa, -z, {1, 0}, 0), 15.0000003, 4e-6) << name(isa) << z;
    }
  }
}

// Near 0 the logit is z itself, and log(1 + e^z) - z = log 2 - z / 2 + z^2 / 8. What tanh rounds is
// 15 units of 2^-24.
TEST(HeadLosses, SmallLogitsAreNotLost) {
  for (const Isa isa : available_isas()) {
    for (const double z : {0.0, 1.0 / 8192, -1.0 / 8192, 1.0 / 128, -1.0 / 128}) {
      EXPECT_NEAR(loss_of_logits(isa, z, {1, 0}, 0), 0.69314718 - z / 2 + z * z / 8, 2e-6)
          << name(isa) << " at " << z;
    }
  }
}

TEST(HeadLosses, ANanIsNotHidden) {
  for (const Isa isa : available_isas()) {
    EXPECT_TRUE(std::isnan(loss_of_logits(isa, kNan, Numbers(40, 1), 0))) << name(isa);
  }
}
