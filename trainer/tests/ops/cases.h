// Every op on one medium shape, in any number type: what the tests of instruction sets and of
// threads go through.
#pragma once
#include <functional>

#include "trainer/tests/ops/calls.h"
#include "trainer/tests/ops/head_calls.h"

namespace trainer {

// How far a float set may be from double, and a set that multiplies bfloat16: relative, Frobenius.
struct Tolerance {
  double in_float, in_bfloat16;
};
// A float rounds at 6e-8, and a row's or a product's sum of some hundred terms not much more.
inline constexpr Tolerance kRows = {1e-5, 1e-5};
inline constexpr Tolerance kProducts = {1e-5, 1e-2};  // bfloat16 has 8 bits: 2e-3 an operand
// Five polynomials steepen what their input was rounded by: slope 8.2 at 0 for the first, 4 for the
// next.
inline constexpr Tolerance kOrthogonal = {1e-4, 2e-2};

struct Case {
  std::string name;
  Tolerance tolerance;
  Arrays inputs;
  std::function<Arrays(CpuOps<double>&, const Arrays&)> in_double;
  std::function<Arrays(CpuOps<float>&, const Arrays&)> in_float;
};

template <class Op>
Case forward_case(std::string name, Tolerance tolerance, const Op& op) {
  const auto run = [op](auto& ops, const Arrays& in) { return op.forward(ops, in); };
  return {std::move(name), tolerance, op.inputs(), run, run};
}
template <class Op>
Case backward_case(std::string name, Tolerance tolerance, const Op& op) {
  const auto run = [op](auto& ops, const Arrays& in) { return op.backward(ops, in); };
  return {std::move(name), tolerance, op.inputs(), run, run};
}

// More rows than three threads' tasks have, and nothing a multiple of a tile or a panel.
inline std::vector<Case> all_cases() {
  const HeadShape shape = {.batch = 2, .time = 101, .heads = 3, .head_dim = 18};
  const SplitHeads plain = {.shape = shape, .tokens = {}};
  const SplitHeads gated = {shape, random_tokens(1, shape.tokens(), 70), 70};
  const Attend half = {shape, 50}, full = {shape, 101};
  const EmbedNorm embed = {random_tokens(2, 333, 97), 97, 37};
  const Losses losses = {random_tokens(3, 530, 77), 29, 77};
  return {forward_case("linear", kProducts, Linear{203, 70, 75}),
          backward_case("linear backward", kProducts, Linear{203, 70, 75}),
          forward_case("relu squared", kProducts, Mlp{203, 35, 133}),
          backward_case("relu squared backward", kProducts, Mlp{203, 35, 133}),
          forward_case("add", kRows, Add{203, 70}),
          forward_case("norm", kRows, Norm{203, 75}),
          backward_case("norm backward", kRows, Norm{203, 75}),
          forward_case("mix norm", kRows, Mix{203, 75}),
          backward_case("mix norm backward", kRows, Mix{203, 75}),
          forward_case("embed norm", kRows, embed),
          backward_case("embed norm backward", kRows, embed),
          forward_case("heads", kRows, plain),
          backward_case("heads backward", kRows, plain),
          forward_case("gated heads", kRows, gated),
          backward_case("gated heads backward", kProducts, gated),
          forward_case("attention, half", kProducts, half),
          backward_case("attention backward, half", kProducts, half),
          forward_case("attention, full", kProducts, full),
          backward_case("attention backward, full", kProducts, full),
          forward_case("losses", kProducts, losses),
          backward_case("losses backward", kProducts, losses),
          forward_case("adam", kRows, Adam{40000}),
          forward_case("muon, tall", kOrthogonal, Muon{45, 20, 5}),
          forward_case("muon, wide", kOrthogonal, Muon{20, 45, 5})};
}

}  // namespace trainer
