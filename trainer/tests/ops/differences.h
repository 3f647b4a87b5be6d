// Gradients against central finite differences, in double.
#pragma once
#include <algorithm>

#include "trainer/tests/ops/arrays.h"

namespace trainer {

// The loss that gradients are of: the sum over the results r of (r, dr), for each dr that is given.
inline double loss_of(const Arrays& results, const Arrays& inputs) {
  double loss = 0;
  for (const auto& [name, numbers] : results) {
    const auto gradient = inputs.find("d" + name);
    if (gradient != inputs.end()) loss += dot(numbers, gradient->second);
  }
  return loss;
}

// The slope of the loss as the input `name` moves along `direction`: central differences of fourth
// order, whose error of h^4 is some 1e-12.
template <class Op>
double slope(CpuOps<double>& ops, const Op& op, const Arrays& inputs, const std::string& name,
             const Numbers& direction) {
  Arrays moved = inputs;
  const auto loss_at = [&](double step) {
    for (std::size_t i = 0; i < direction.size(); ++i) {
      moved[name][i] = inputs.at(name)[i] + step * direction[i];
    }
    return loss_of(op.forward(ops, moved), moved);
  };
  constexpr double kStep = 1e-3;
  const double near = (loss_at(kStep / 2) - loss_at(-kStep / 2)) / kStep;
  const double far = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
  return (4 * near - far) / 3;
}

// What to move along: single elements, and three whole random directions in which every one counts.
inline std::vector<Numbers> directions_of(std::int64_t n) {
  constexpr std::int64_t kElements = 20;
  std::vector<Numbers> directions;
  Philox random(2026, static_cast<std::uint64_t>(n));
  for (std::int64_t i = 0; i < std::min(n, kElements); ++i) {
    directions.emplace_back(at(n));
    const auto bound = static_cast<std::uint32_t>(n);
    directions.back()[n <= kElements ? at(i) : random.below(bound)] = 1;
  }
  for (std::uint64_t stream = 0; stream < 3; ++stream) {
    directions.push_back(random_numbers(100 + stream, n));
    const double norm = std::sqrt(dot(directions.back(), directions.back()));
    for (double& x : directions.back()) x /= norm;
  }
  return directions;
}

// The gradient "dx" that op.backward() leaves for each "x" of `names`, against differences of
// op.forward(): within a millionth of its largest entry.
template <class Op>
void expect_gradients(const Op& op, const Arrays& inputs, const Names& names) {
  InDouble machine;
  const Arrays gradients = op.backward(machine.ops, inputs);
  for (const std::string& name : names) {
    const Numbers& gradient = gradients.at("d" + name);
    ASSERT_EQ(gradient.size(), inputs.at(name).size()) << name;
    double largest = 0;
    for (const double x : gradient) largest = std::max(largest, std::abs(x));
    ASSERT_GT(largest, 0) << name;
    for (const Numbers& direction : directions_of(static_cast<std::int64_t>(gradient.size()))) {
      EXPECT_NEAR(dot(gradient, direction), slope(machine.ops, op, inputs, name, direction),
                  1e-6 * largest)
          << name << " along element " << std::ranges::max_element(direction) - direction.begin();
    }
  }
}

}  // namespace trainer
