// Norms, the mix with x0, the embedding and sums of rows, in double.
#include <array>

#include "trainer/tests/ops/calls.h"
#include "trainer/tests/ops/differences.h"

using namespace trainer;

namespace {

struct Shape {
  std::int64_t rows, columns;
};
// Rows about the 64 that one task has.
constexpr Shape kShapes[] = {{1, 1}, {1, 7}, {3, 2}, {63, 5}, {64, 16}, {65, 33}, {130, 100}};
constexpr Shape kSmall[] = {{1, 7}, {3, 2}, {65, 5}};  // for differences

// Row by row, as the formula says.
Arrays naive_norm(const Numbers& x, const Shape& s) {
  Arrays out = {{"y", {}}, {"inverse", {}}};
  for (std::int64_t n = 0; n < s.rows; ++n) {
    double squares = 0;
    for (std::int64_t j = 0; j < s.columns; ++j)
      squares += x[at(n * s.columns + j)] * x[at(n * s.columns + j)];
    const double inverse = 1 / std::sqrt(squares / static_cast<double>(s.columns) + 1.19e-7);
    out["inverse"].push_back(inverse);
    for (std::int64_t j = 0; j < s.columns; ++j)
      out["y"].push_back(x[at(n * s.columns + j)] * inverse);
  }
  return out;
}

}  // namespace

TEST(Norm, DividesARowByItsRootMeanSquare) {
  InDouble machine;
  for (const Shape& s : kShapes) {
    const Norm op = {s.rows, s.columns};
    const Arrays in = op.inputs();
    expect_near(op.forward(machine.ops, in), naive_norm(in.at("x"), s), 1e-13);
  }
}

TEST(Norm, GradientIsThatOfDifferences) {
  for (const Shape& s : kSmall) {
    const Norm op = {s.rows, s.columns};
    expect_gradients(op, op.inputs(), {"x"});
  }
}

TEST(Norm, GradientIsAddedOrSet) {
  InDouble machine;
  const Norm op = {65, 33};
  const Arrays gradients = op.backward(machine.ops, op.inputs());
  expect_near(gradients, {{"dx_added", gradients.at("dx")}}, 1e-13);
}

// 1 / sqrt(1.19e-7) = 2898.8551.
TEST(Norm, OfAZeroRowIsZeroAndItsGradientFinite) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const Norm op = {2, 20};
    const Arrays in = {{"x", Numbers(40, 0)}, {"dy", Numbers(40, 1)}};
    const Arrays results = op.backward(machine.ops, in);
    EXPECT_EQ(results.at("y"), Numbers(40, 0)) << name(isa);
    EXPECT_NEAR(results.at("inverse").at(1), 2898.8551, 0.001) << name(isa);
    EXPECT_NEAR(results.at("dx").at(39), 2898.8551, 0.001) << name(isa);
  }
}

TEST(MixNorm, MixesThenNorms) {
  InDouble machine;
  for (const Shape& s : kShapes) {
    const Mix op = {s.rows, s.columns};
    const Arrays in = op.inputs();
    Numbers mixed;
    for (std::size_t i = 0; i < in.at("x").size(); ++i) {
      mixed.push_back(0.75 * in.at("x")[i] - 0.375 * in.at("x0")[i]);
    }
    Arrays wanted = naive_norm(mixed, s);
    wanted["mixed"] = mixed;
    expect_near(op.forward(machine.ops, in), wanted, 1e-13);
  }
}

TEST(MixNorm, GradientsAreThoseOfDifferences) {
  for (const Shape& s : kSmall) {
    const Mix op = {s.rows, s.columns};
    expect_gradients(op, op.inputs(), {"x", "x0", "lambda", "mu"});
  }
}

TEST(EmbedNorm, NormsTheRowsOfItsTokens) {
  InDouble machine;
  for (const Shape& s : kShapes) {
    const EmbedNorm op = {random_tokens(1, s.rows, 9), 9, s.columns};
    const Arrays in = op.inputs();
    Numbers x;
    for (const Token token : op.tokens) {
      const auto row = in.at("table").begin() + token * s.columns;
      x.insert(x.end(), row, row + s.columns);
    }
    expect_near(op.forward(machine.ops, in), naive_norm(x, s), 1e-13);
  }
}

TEST(EmbedNorm, GradientOfRepeatedTokensIsThatOfDifferences) {
  for (const EmbedNorm& op : {EmbedNorm{{0, 0, 2, 0, 2}, 4, 3}, EmbedNorm{{1}, 2, 5},
                              EmbedNorm{random_tokens(3, 200, 70), 70, 6}}) {
    expect_gradients(op, op.inputs(), {"table"});
  }
}

TEST(EmbedNorm, TokensThatAreNotThereGetNoGradient) {
  InDouble machine;
  const EmbedNorm op = {{0, 2, 2}, 4, 2};
  const Numbers gradient = op.backward(machine.ops, op.inputs()).at("dtable");
  EXPECT_NE(gradient[0], 0);
  EXPECT_NE(gradient[4], 0);
  for (const std::size_t i : {2, 3, 6, 7}) EXPECT_EQ(gradient[i], 0) << i;
}

TEST(Add, AddsEveryElement) {
  InDouble machine;
  for (const Shape& s : kShapes) {
    const Add op = {s.rows, s.columns};
    const Arrays in = op.inputs();
    Numbers wanted = in.at("y");
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += in.at("x")[i];
    EXPECT_EQ(op.forward(machine.ops, in).at("y"), wanted) << s.rows;
  }
}
