// The split into heads: rotation and norm of q and k, gates and value embeddings of v, in double.
#include "trainer/tests/ops/differences.h"
#include "trainer/tests/ops/head_calls.h"

using namespace trainer;

namespace {

// (B, T, H, D); with gates the width is at least their 32 channels.
SplitHeads plain(std::int64_t batch, std::int64_t time, std::int64_t heads, std::int64_t dim) {
  return {.shape = {batch, time, heads, dim}, .tokens = {}};
}
SplitHeads gated(std::int64_t batch, std::int64_t time, std::int64_t heads, std::int64_t dim) {
  return {.shape = {batch, time, heads, dim},
          .tokens = random_tokens(1, batch * time, 5),
          .vocabulary = 5};
}
std::vector<SplitHeads> awkward_shapes() {
  return {plain(1, 1, 1, 2),  plain(2, 3, 3, 6),   plain(1, 70, 1, 128), gated(1, 1, 16, 2),
          gated(2, 5, 3, 12), gated(3, 23, 2, 34), gated(1, 65, 1, 128)};
}

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

// One head of one token, straight from the formulas; everything by name as the op has it.
class Naive {
 public:
  Naive(const SplitHeads& op, const Arrays& in) : op_(op), in_(in) {
    for (const char* name : {"q", "k", "v"}) out_[name].resize(at(op.size()));
    for (std::int64_t b = 0; b < op.shape.batch; ++b) {
      for (std::int64_t t = 0; t < op.shape.time; ++t) {
        for (std::int64_t h = 0; h < op.shape.heads; ++h) add_head(b, t, h);
      }
    }
  }
  const Arrays& results() const { return out_; }

 private:
  void add_head(std::int64_t b, std::int64_t t, std::int64_t h) {
    const HeadShape& s = op_.shape;
    const std::int64_t n = b * s.time + t;
    const auto part = in_.at("qkv").begin() + n * 3 * s.width() + h * s.head_dim;
    const std::int64_t to = ((b * s.heads + h) * s.time + t) * s.head_dim;
    const Numbers q(part, part + s.head_dim);
    const Numbers k(part + s.width(), part + s.width() + s.head_dim);
    Numbers v(part + 2 * s.width(), part + 2 * s.width() + s.head_dim);
    if (op_.is_gated()) add_embedding(v, n, h);
    put("q", to, normed("q_inverse", rotated(q, t)));
    put("k", to, normed("k_inverse", rotated(k, t)));
    put("v", to, v);
  }
  Numbers rotated(const Numbers& x, std::int64_t t) const {
    const std::size_t half = x.size() / 2;
    Numbers y(x.size());
    for (std::size_t j = 0; j < half; ++j) {
      const double cosine = in_.at("cosines")[at(t) * half + j];
      const double sine = in_.at("sines")[at(t) * half + j];
      y[j] = x[j] * cosine + x[j + half] * sine;
      y[j + half] = -x[j] * sine + x[j + half] * cosine;
    }
    return y;
  }
  Numbers normed(const std::string& inverses, Numbers x) {
    const double mean = dot(x, x) / static_cast<double>(x.size());
    out_[inverses].push_back(1 / std::sqrt(mean + 1.19e-7));
    for (double& value : x) value *= out_[inverses].back();
    return x;
  }
  void add_embedding(Numbers& v, std::int64_t n, std::int64_t h) {
    const std::int64_t width = op_.shape.width();
    double z = 0;
    for (std::int64_t j = 0; j < 32; ++j) {
      z += in_.at("input")[at(n * width + j)] * in_.at("gate_weight")[at(h * 32 + j)];
    }
    out_["gates"].push_back(2 * sigmoid(z));
    const std::int64_t row = op_.tokens[at(n)] * width + h * op_.shape.head_dim;
    for (std::size_t j = 0; j < v.size(); ++j) {
      v[j] += 2 * sigmoid(z) * in_.at("embedding")[at(row) + j];
    }
  }
  void put(const char* name, std::int64_t to, const Numbers& x) {
    std::copy(x.begin(), x.end(), out_[name].begin() + to);
  }

  const SplitHeads& op_;
  const Arrays& in_;
  Arrays out_{};
};

}  // namespace

TEST(Heads, AreRotatedThenNormedAndGated) {
  InDouble machine;
  for (const SplitHeads& op : awkward_shapes()) {
    SCOPED_TRACE(testing::Message() << op.shape.time << " tokens, heads of " << op.shape.head_dim);
    const Arrays in = op.inputs();
    expect_near(op.forward(machine.ops, in), Naive(op, in).results(), 1e-13);
  }
}

TEST(Heads, GradientsAreThoseOfDifferences) {
  for (const SplitHeads& op : {plain(2, 3, 3, 6), plain(1, 70, 1, 128)}) {
    expect_gradients(op, op.inputs(), {"qkv"});
  }
}

// embedding: value_embedding_backward; input: gate_input_backward.
TEST(Heads, GradientsOfGatesAndValueEmbeddingsAreThoseOfDifferences) {
  for (const SplitHeads& op : {gated(1, 1, 16, 2), gated(2, 5, 3, 12), gated(3, 23, 2, 34)}) {
    expect_gradients(op, op.inputs(), {"qkv", "embedding", "gate_weight", "input"});
  }
}

TEST(Heads, OnlyTheGatesChannelsOfTheInputGetAGradient) {
  InDouble machine;
  const SplitHeads op = gated(1, 3, 3, 12);
  const Numbers gradient = op.backward(machine.ops, op.inputs()).at("dinput");
  for (std::int64_t i = 0; i < 3 * 36; ++i) {
    EXPECT_EQ(gradient[at(i)] != 0, i % 36 < 32) << i;
  }
}

TEST(Heads, OfZeroRowsAreZero) {
  for (const Isa isa : available_isas()) {
    InFloat machine(isa);
    const SplitHeads op = plain(1, 2, 3, 10);
    Arrays in = op.inputs();
    in["qkv"].assign(in["qkv"].size(), 0);
    const Arrays results = op.forward(machine.ops, in);
    EXPECT_EQ(results.at("q"), Numbers(60, 0)) << name(isa);
    EXPECT_EQ(results.at("k"), Numbers(60, 0)) << name(isa);
  }
}
