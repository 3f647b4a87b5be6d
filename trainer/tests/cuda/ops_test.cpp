// Every op of CUDA against the same op in double on the CPU, from the same inputs rounded to
// bfloat16. Outputs hold NaN before.
#include <algorithm>

#include "trainer/core/text.h"
#include "trainer/tests/cuda/device_arrays.h"

using namespace trainer;

namespace {

// bfloat16 has 8 bits, so a result that is rounded once is off by at most 2^-9 of itself, some
// 1.2e-3 in the norm; sums of products are in float.
constexpr double kRounded = 3e-3;
// Intermediate values are rounded too: h before relu^2, p and ds in attention.
constexpr double kTwiceRounded = 1e-2;
// Sums of terms of both signs (dlambda, dmu), each off by what y was rounded by.
constexpr double kSigned = 3e-2;
constexpr double kInFloat = 1e-5;
// Five polynomials in bfloat16, whose slopes at 0 are 8.2 and 4.
constexpr double kOrthogonal = 5e-2;

// What the device will be given: masters as they are, values as it holds them.
Arrays rounded(Arrays arrays, const Names& masters = {}) {
  for (auto& [name, numbers] : arrays) {
    if (std::ranges::find(masters, name) != masters.end()) continue;
    for (double& x : numbers) x = to_float(to_bfloat16(static_cast<float>(x)));
  }
  return arrays;
}

template <class Op>
void expect_forward(const Op& op, double limit, const Names& masters = {}, bool as_ampere = false) {
  const Arrays in = rounded(op.inputs(), masters);
  InDouble reference;
  OnDevice device(as_ampere);
  expect_near(op.forward(device.ops, in), op.forward(reference.ops, in), limit);
}

template <class Op>
void expect_backward(const Op& op, double limit, const Names& masters = {},
                     bool as_ampere = false) {
  const Arrays in = rounded(op.inputs(), masters);
  InDouble reference;
  OnDevice device(as_ampere);
  expect_near(op.backward(device.ops, in), op.backward(reference.ops, in), limit);
}

HeadShape heads(std::int64_t batch, std::int64_t time, std::int64_t heads, std::int64_t head_dim) {
  return {.batch = batch, .time = time, .heads = heads, .head_dim = head_dim};
}

}  // namespace

TEST(CudaOps, AProductIsThatOfDouble) {
  NEEDS_DEVICE();
  for (const Linear& op : {Linear{40, 72, 64}, Linear{1, 8, 8}, Linear{33, 128, 40}}) {
    expect_forward(op, kRounded);
    expect_backward(op, kRounded);
  }
}

TEST(CudaOps, TheMlpIsThatOfDouble) {
  NEEDS_DEVICE();
  expect_forward(Mlp{40, 64, 128}, kTwiceRounded);
  expect_backward(Mlp{40, 64, 128}, kTwiceRounded);
}

TEST(CudaOps, RowsAreThoseOfDouble) {
  NEEDS_DEVICE();
  for (const auto& [rows, columns] : {std::pair{37, 64}, {1, 8}, {20, 520}}) {
    expect_forward(Add{rows, columns}, kRounded);
    expect_forward(Norm{rows, columns}, kRounded);
    expect_backward(Norm{rows, columns}, kRounded);
    expect_forward(Mix{rows, columns}, kRounded, {"lambda", "mu"});
    expect_backward(Mix{rows, columns}, kSigned, {"lambda", "mu"});
  }
}

// Tokens that stand once, never, and in long runs over many tiles and shares.
TEST(CudaOps, EmbeddingsAreThoseOfDouble) {
  NEEDS_DEVICE();
  const EmbedNorm few = {random_tokens(2, 333, 97), 97, 64};
  const EmbedNorm one = {Tokens(100, 3), 5, 64};
  Tokens long_run = random_tokens(3, 2500, 9);
  std::fill(long_run.begin() + 40, long_run.begin() + 2300, 7);
  for (const EmbedNorm& op : {few, one, EmbedNorm{long_run, 9, 8}}) {
    expect_forward(op, kRounded);
    expect_backward(op, kRounded);
  }
}

TEST(CudaOps, HeadsAreThoseOfDouble) {
  NEEDS_DEVICE();
  for (const HeadShape& shape : {heads(2, 13, 3, 64), heads(1, 9, 2, 128)}) {
    expect_forward(SplitHeads{.shape = shape, .tokens = {}}, kRounded);
    expect_backward(SplitHeads{.shape = shape, .tokens = {}}, kTwiceRounded);
    const SplitHeads gated = {shape, random_tokens(1, shape.tokens(), 7), 7};
    expect_forward(gated, kRounded);
    expect_backward(gated, kTwiceRounded);
  }
}

// Windows narrower and wider than a tile, times that fill no tile, several tiles.
TEST(CudaOps, AttentionIsThatOfDouble) {
  NEEDS_DEVICE();
  for (const bool as_ampere : {false, true}) {
    for (const Attend& op :
         {Attend{heads(1, 100, 2, 64), 1}, Attend{heads(1, 150, 1, 64), 40},
          Attend{heads(2, 70, 1, 64), 200}, Attend{heads(1, 70, 1, 128), 20},
          Attend{heads(1, 300, 1, 128), 90}, Attend{heads(1, 80, 1, 128), 200}}) {
      SCOPED_TRACE(format("window %d of %d, %s", static_cast<int>(op.window),
                          static_cast<int>(op.shape.time), as_ampere ? "Ampere" : "its own"));
      expect_backward(op, kTwiceRounded, {}, as_ampere);
      expect_forward(op, kTwiceRounded, {}, as_ampere);
    }
    expect_forward(Attend{heads(2, 1, 1, 64), 1}, kTwiceRounded, {}, as_ampere);  // dq, dk are 0
  }
}

TEST(CudaOps, LossesAreThoseOfDouble) {
  NEEDS_DEVICE();
  Tokens targets = random_tokens(3, 50, 77);
  targets[7] = -1;
  expect_forward(Losses{targets, 32, 80}, 1e-4);
  expect_backward(Losses{targets, 32, 80}, kTwiceRounded);
  expect_backward(Losses{{3, 8199, -1}, 32, 8200}, kTwiceRounded);  // more than a block holds
}

TEST(CudaOps, AdamIsThatOfDouble) {
  NEEDS_DEVICE();
  expect_forward(Adam{1000}, kInFloat, {"parameter", "gradient", "mean", "square"});
}

TEST(CudaOps, MuonIsThatOfDouble) {
  NEEDS_DEVICE();
  Names masters;
  for (const char* name : {"parameter", "gradient", "momentum", "second"}) {
    for (int i = 0; i < 3; ++i) masters.push_back(name + std::to_string(i));
  }
  for (const Muon& op : {Muon{48, 24, 3}, Muon{24, 48, 2}, Muon{32, 32, 1}}) {
    expect_forward(op, kOrthogonal, masters);
  }
}
