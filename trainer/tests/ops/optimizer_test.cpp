// Adam against numbers computed by hand, and Muon against its definition (TRAINER.md, "Optimizer").
#include <algorithm>

#include "trainer/tests/ops/head_calls.h"

using namespace trainer;

namespace {

// A matrix and the few operations that Muon is defined by.
struct Table {
  std::int64_t rows, columns;
  Numbers data;

  double& operator()(std::int64_t i, std::int64_t j) { return data[at(i * columns + j)]; }
  double operator()(std::int64_t i, std::int64_t j) const { return data[at(i * columns + j)]; }
};
Table zeros(std::int64_t rows, std::int64_t columns) {
  return {rows, columns, Numbers(at(rows * columns))};
}
Table transposed(const Table& x) {
  Table y = zeros(x.columns, x.rows);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t j = 0; j < x.columns; ++j) y(j, i) = x(i, j);
  }
  return y;
}
Table times(const Table& a, const Table& b) {
  Table c = zeros(a.rows, b.columns);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) {
      for (std::int64_t k = 0; k < a.columns; ++k) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}
Table mixed(double a, const Table& x, double b, const Table& y) {
  Table z = x;
  for (std::size_t i = 0; i < z.data.size(); ++i) z.data[i] = a * x.data[i] + b * y.data[i];
  return z;
}
double norm(const Table& x) { return std::sqrt(dot(x.data, x.data)); }

constexpr double kPolarExpress[5][3] = {
    {8.156554524902461, -22.48329292557795, 15.878769915207462},
    {4.042929935166739, -2.808917465908714, 0.5000178451051316},
    {3.8916678022926607, -2.772484153217685, 0.5060648178503393},
    {3.285753657755655, -2.3681294933425376, 0.46449024233003106},
    {2.3465413258596377, -1.7097838382687081, 0.42323551169305323}};

// Always by X X^T: for the polynomial in X it is the same as by X^T X.
Table orthogonal(const Table& g) {
  Table x = mixed(1 / (1.02 * norm(g) + 1e-6), g, 0, g);
  for (const auto& [a, b, c] : kPolarExpress) {
    const Table gram = times(x, transposed(x));
    x = mixed(a, x, 1, times(mixed(b, gram, c, times(gram, gram)), x));
  }
  return x;
}

// NorMuon: rows (or columns, of a wide matrix) are divided by the root of their running mean
// square.
Table normalised(Table x, Numbers& second, double beta2) {
  const bool is_wide = x.columns > x.rows;
  if (is_wide) x = transposed(x);
  const double before = norm(x);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    double mean = 0;
    for (std::int64_t j = 0; j < x.columns; ++j)
      mean += x(i, j) * x(i, j) / static_cast<double>(x.columns);
    second[at(i)] = beta2 * second[at(i)] + (1 - beta2) * mean;
    for (std::int64_t j = 0; j < x.columns; ++j) x(i, j) /= std::sqrt(second[at(i)]);
  }
  x = mixed(before / norm(x), x, 0, x);
  return is_wide ? transposed(x) : x;
}

Arrays naive_muon(const Muon& op, const Arrays& in) {
  const MuonStep& step = op.step;
  Table p = {op.rows, op.columns, in.at("parameter0")};
  const Table g = {op.rows, op.columns, in.at("gradient0")};
  Table momentum = {op.rows, op.columns, in.at("momentum0")};
  Numbers second = in.at("second0");
  momentum = mixed(step.momentum, momentum, 1 - step.momentum, g);
  const Table nesterov = mixed(1 - step.momentum, g, step.momentum, momentum);
  const Table x = normalised(orthogonal(nesterov), second, step.beta2);
  const double shape =
      std::sqrt(std::max(1.0, static_cast<double>(op.rows) / static_cast<double>(op.columns)));
  for (std::size_t i = 0; i < p.data.size(); ++i) {
    const double decay = x.data[i] * p.data[i] >= 0 ? step.decay * p.data[i] : 0;
    p.data[i] -= step.rate * shape * (x.data[i] + decay);
  }
  return {{"parameter0", p.data}, {"momentum0", momentum.data}, {"second0", second}};
}

constexpr std::int64_t kSteps = 4;
constexpr Muon kShapes[] = {{1, 1},  {7, 7},   {33, 5},  {5, 33}, {40, 1},
                            {1, 40}, {97, 32}, {32, 97}, {48, 48}};

// The state after some steps, each with another gradient.
template <class Step>
Arrays after_steps(const Muon& op, const Step& run) {
  Arrays state = op.inputs();
  for (const char* name : {"momentum0", "second0"}) state[name].assign(state[name].size(), 0);
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    state["gradient0"] = random_numbers(50 + step, op.rows * op.columns);
    for (const auto& [name, numbers] : run(state)) state[name] = numbers;
  }
  state.erase("gradient0");
  return state;
}
Arrays naive_steps(const Muon& op) {
  return after_steps(op, [&](const Arrays& in) { return naive_muon(op, in); });
}
// What the steps made of parameters and second moments, which say most of the update.
Arrays changes(const Muon& op, const Arrays& after) {
  const Arrays before = op.inputs();
  Arrays changes = {{"parameter0", after.at("parameter0")}, {"second0", after.at("second0")}};
  for (std::size_t i = 0; i < changes["parameter0"].size(); ++i) {
    changes["parameter0"][i] -= before.at("parameter0")[i];
  }
  return changes;
}
std::string text(const Muon& op) {
  return std::to_string(op.rows) + " x " + std::to_string(op.columns);
}

}  // namespace

// By hand: mean 0.75 0 + 0.25 g, square 0.9375 0 + 0.0625 g^2; step 1 has corrections 0.25 and
// 0.0625, step 2 0.4375 and 0.12109375. Gradients 2 and then -1 of a parameter 1, at rate 0.5.
TEST(Adam, TwoStepsAreThoseComputedByHand) {
  InDouble machine;
  Arrays state = {{"parameter", {1}}, {"mean", {0}}, {"square", {0}}, {"gradient", {2}}};
  Adam op = {
      1, {.rate = 0.5 / 0.25, .beta1 = 0.75, .beta2 = 0.9375, .correction = 0.0625, .epsilon = 0}};
  state = op.forward(machine.ops, state);
  EXPECT_EQ(state, (Arrays{{"parameter", {0.5}}, {"mean", {0.5}}, {"square", {0.25}}}));
  state["gradient"] = {-1};
  op.step.rate = 0.5 / 0.4375;
  op.step.correction = 0.12109375;
  state = op.forward(machine.ops, state);
  EXPECT_NEAR(state["mean"][0], 0.125, 1e-15);
  EXPECT_NEAR(state["square"][0], 0.296875, 1e-15);
  EXPECT_NEAR(state["parameter"][0], 0.40876195, 1e-8);  // 0.5 - 1/7 / sqrt(2.4516129)
}

TEST(Adam, EpsilonIsAddedToTheRoot) {
  InDouble machine;
  const Adam op = {1, {.rate = 1, .beta1 = 0, .beta2 = 0, .correction = 1, .epsilon = 3}};
  const Arrays in = {{"parameter", {0}}, {"mean", {0}}, {"square", {0}}, {"gradient", {5}}};
  EXPECT_EQ(op.forward(machine.ops, in).at("parameter"), (Numbers{-0.625}));
}

TEST(Adam, AGradientThatWasAlwaysZeroMovesNothing) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Numbers none(40, 0);
    const Arrays in = {
        {"parameter", Numbers(40, 2)}, {"mean", none}, {"square", none}, {"gradient", none}};
    EXPECT_EQ(Adam{40}.forward(machine.ops, in).at("parameter"), Numbers(40, 2)) << name(isa);
  }
}

TEST(Muon, StepsAreThoseOfItsDefinition) {
  InDouble machine;
  for (const Muon& op : kShapes) {
    SCOPED_TRACE(text(op));
    const auto run = [&](const Arrays& in) { return op.forward(machine.ops, in); };
    expect_near(after_steps(op, run), naive_steps(op), 1e-9);
  }
}

// A single singular value lies at 1 / 1.02, where the first polynomial alone has slope 16: few of
// them steepen a bfloat16's 2e-3 tenfold and more in what a step changes, and twice that in its
// square.
TEST(Muon, StepsAreThoseOfItsDefinitionInEveryInstructionSet) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    for (const Muon& op : kShapes) {
      SCOPED_TRACE(text(op) + " in " + std::string(name(isa)));
      const auto run = [&](const Arrays& in) { return op.forward(machine.ops, in); };
      const Arrays got = after_steps(op, run);
      const Arrays wanted = naive_steps(op);
      expect_near(got, {{"momentum0", wanted.at("momentum0")}}, 1e-5);
      expect_near(changes(op, got), changes(op, wanted), isa == Isa::kAvx512Bf16 ? 0.15 : 1e-4);
      if (std::min(op.rows, op.columns) == 1) continue;
      expect_near(got, {{"parameter0", wanted.at("parameter0")}},
                  isa == Isa::kAvx512Bf16 ? 2e-2 : 1e-5);
    }
  }
}

// Without decay or momentum and with no second moments yet, a step of rate 1 from 0 is -X up to its
// rows' norms; a square's rows are those of an orthogonal matrix, near 1 already. Polar Express
// ends within 0.3 of 1.
TEST(Muon, ItsUpdateIsNearlyOrthogonal) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Muon op = {24, 24, 1, {.rate = 1, .momentum = 0, .decay = 0, .beta2 = 0}};
    Arrays in = op.inputs();
    in["parameter0"].assign(24 * 24, 0);
    const Table x = {24, 24, op.forward(machine.ops, in).at("parameter0")};
    const Table gram = times(x, transposed(x));
    for (std::int64_t i = 0; i < 24; ++i) {
      for (std::int64_t j = 0; j < 24; ++j) EXPECT_NEAR(gram(i, j), i == j, 0.3) << name(isa);
    }
  }
}

TEST(Muon, AZeroGradientIsFinite) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Muon op = {6, 40};
    Arrays in = op.inputs();
    for (const char* name : {"gradient0", "momentum0", "second0"})
      in[name].assign(in[name].size(), 0);
    EXPECT_LT(relative_error(op.forward(machine.ops, in).at("parameter0"), in["parameter0"]), 1)
        << name(isa);
  }
}

// Rate times decay times p, only where the update would shrink p too.
TEST(Muon, DecaysOnlyWhatTheUpdateShrinks) {
  InDouble machine;
  const Muon op = {1, 1, 1, {.rate = 0.5, .momentum = 0, .decay = 0.25, .beta2 = 0}};
  Arrays in = {{"gradient0", {3}}, {"momentum0", {0}}, {"second0", {0}}, {"parameter0", {2}}};
  const double with = op.forward(machine.ops, in).at("parameter0")[0];
  in["parameter0"] = {-2};
  const double without = op.forward(machine.ops, in).at("parameter0")[0];
  EXPECT_NEAR((with - 2) - (without + 2), -0.25, 1e-12);
}
