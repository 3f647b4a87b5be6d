// Windowed causal attention in double.
#include "trainer/tests/ops/differences.h"
#include "trainer/tests/ops/head_calls.h"

using namespace trainer;

namespace {

// Times about the tile of 48 queries; windows of none, half and all. (B, T, H, D).
std::vector<Attend> awkward_shapes() {
  std::vector<Attend> ops;
  for (const HeadShape& shape :
       {HeadShape{1, 1, 1, 2}, HeadShape{2, 2, 1, 4}, HeadShape{1, 47, 2, 6},
        HeadShape{1, 48, 1, 8}, HeadShape{2, 49, 3, 10}, HeadShape{1, 97, 1, 34},
        HeadShape{1, 131, 2, 128}}) {
    for (const std::int64_t window : {std::int64_t{0}, shape.time / 2, shape.time}) {
      ops.push_back({shape, window});
    }
  }
  return ops;
}
std::string text(const Attend& op) {
  return std::to_string(op.shape.time) + " tokens, heads of " + std::to_string(op.shape.head_dim) +
         ", window " + std::to_string(op.window);
}

// y of one query, softmax by softmax.
class Naive {
 public:
  Naive(const Attend& op, const Arrays& in) : op_(op), in_(in) {
    const HeadShape& s = op.shape;
    out_["y"].resize(at(op.size()));
    for (std::int64_t head = 0; head < s.batch * s.heads; ++head) {
      for (std::int64_t t = 0; t < s.time; ++t) add_query(head, t);
    }
  }
  const Arrays& results() const { return out_; }

 private:
  Numbers row(const char* name, std::int64_t head, std::int64_t t) const {
    const auto from = in_.at(name).begin() + (head * op_.shape.time + t) * op_.shape.head_dim;
    return {from, from + op_.shape.head_dim};
  }
  void add_query(std::int64_t head, std::int64_t t) {
    const HeadShape& s = op_.shape;
    double sum = 0;
    Numbers weighted(at(s.head_dim));
    for (std::int64_t j = 0; j <= t; ++j) {
      if (j < t - op_.window) continue;
      const double score = dot(row("q", head, t), row("k", head, j));
      const double weight = std::exp(score / std::sqrt(static_cast<double>(s.head_dim)));
      sum += weight;
      const Numbers v = row("v", head, j);
      for (std::size_t i = 0; i < v.size(); ++i) weighted[i] += weight * v[i];
    }
    out_["log_sum"].push_back(std::log(sum));
    const std::int64_t n = head / s.heads * s.time + t;
    const std::size_t to = at(n * s.width() + head % s.heads * s.head_dim);
    for (std::size_t i = 0; i < weighted.size(); ++i) out_["y"][to + i] = weighted[i] / sum;
  }

  const Attend& op_;
  const Arrays& in_;
  Arrays out_{};
};

}  // namespace

TEST(Attention, IsTheSoftmaxOfTheKeysInItsWindow) {
  InDouble machine;
  for (const Attend& op : awkward_shapes()) {
    SCOPED_TRACE(text(op));
    const Arrays in = op.inputs();
    expect_near(op.forward(machine.ops, in), Naive(op, in).results(), 1e-13);
  }
}

TEST(Attention, GradientsAreThoseOfDifferences) {
  for (const Attend& op : awkward_shapes()) {
    if (op.window == 0 || op.shape.time > 100) continue;
    SCOPED_TRACE(text(op));
    expect_gradients(op, op.inputs(), op.shape.time == 1 ? Names{"v"} : Names{"q", "k", "v"});
  }
}

// The softmax of one key is 1, whatever q and k are.
TEST(Attention, OfAWindowOfNoneIsTheTokensOwnValue) {
  InDouble machine;
  const Attend op = {{1, 50, 1, 6}, 0};
  const Arrays in = op.inputs();
  const Arrays results = op.backward(machine.ops, in);
  expect_near(results, {{"y", in.at("v")}, {"dv", in.at("dy")}}, 1e-13);
  for (const double x : results.at("dq")) EXPECT_NEAR(x, 0, 1e-15);
  for (const double x : results.at("dk")) EXPECT_NEAR(x, 0, 1e-15);
}

TEST(Attention, ALaterTokenChangesNoEarlierOne) {
  InDouble machine;
  const Attend op = {{1, 60, 1, 4}, 60};
  Arrays in = op.inputs();
  const Numbers before = op.forward(machine.ops, in).at("y");
  for (const char* name : {"q", "k", "v"}) in[name][59 * 4] += 1;
  const Numbers after = op.forward(machine.ops, in).at("y");
  EXPECT_TRUE(std::equal(before.begin(), before.begin() + 59 * 4, after.begin()));
  EXPECT_NE(before[59 * 4], after[59 * 4]);
}
