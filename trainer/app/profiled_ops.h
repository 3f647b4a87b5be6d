// An op set that times another one, op by op, against what the machine could do at best: the time
// that an op's floating-point operations take at the peak, or its bytes at the memory's bandwidth,
// whichever is longer. It waits after each op, so a step under it takes a little longer than it
// does otherwise.
#pragma once
#include <algorithm>
#include <array>
#include <span>

#include "trainer/core/clock.h"
#include "trainer/ops/ops.h"

namespace trainer {

enum class OpGroup : std::uint8_t {
  kProducts,
  kReluProducts,
  kInputGradients,
  kReluGradients,
  kWeightGradients,
  kAttention,
  kAttentionGradients,
  kLoss,
  kNorms,
  kNormGradients,
  kHeads,
  kHeadGradients,
  kEmbeddings,
  kEmbeddingGradients,
  kAdam,
  kMuon,
  kCopies
};
inline constexpr std::array kOpGroups = {"products",
                                         "products with relu^2",
                                         "gradients of inputs",
                                         "gradients of inputs, relu^2",
                                         "gradients of weights",
                                         "attention",
                                         "attention, gradients",
                                         "head and loss",
                                         "norms",
                                         "norms, gradients",
                                         "heads",
                                         "heads, gradients",
                                         "embeddings",
                                         "embeddings, gradients",
                                         "AdamW",
                                         "Muon",
                                         "zeros and rounded weights"};

struct Work {
  double flops = 0, bytes = 0;
};
inline Work operator+(Work a, Work b) { return {a.flops + b.flops, a.bytes + b.bytes}; }
struct GroupTime {
  double seconds = 0, floor_seconds = 0;
};

template <class Ops>
class ProfiledOps {
 public:
  using Value = typename Ops::Value;
  using Master = typename Ops::Master;
  using TokenOrder = typename Ops::TokenOrder;
  using Values = Matrix<Value>;
  using Masters = Matrix<Master>;

  ProfiledOps(Ops& ops, double peak_flops, double bytes_per_second)
      : ops_(ops), peak_flops_(peak_flops), bytes_per_second_(bytes_per_second) {}

  const std::array<GroupTime, kOpGroups.size()>& times() const { return times_; }
  void forget() { times_ = {}; }

  void wait() { ops_.wait(); }
  void* allocate(std::int64_t bytes) { return ops_.allocate(bytes); }
  struct Repeated {};
  template <class Each>
  void repeat(Repeated&, double, const Each& work) {  // op by op: each is timed
    work();
  }
  template <class T>
  void zero(T* data, std::int64_t n) {
    timed(OpGroup::kCopies, moved<T>(n), [&] { ops_.zero(data, n); });
  }
  template <class To, class From>
  void copy_in(To* to, const From* from, std::int64_t n) {
    ops_.copy_in(to, from, n);
  }
  void copy_out(float* to, const Master* from, std::int64_t n) { ops_.copy_out(to, from, n); }
  Value* weights(Master* masters, std::int64_t n) {
    return timed(OpGroup::kCopies, moved<Master>(n), [&] { return ops_.weights(masters, n); });
  }
  double sum(const Master* x, std::int64_t n) {
    return timed(OpGroup::kLoss, moved<Master>(n), [&] { return ops_.sum(x, n); });
  }
  template <class Number>
  std::int64_t not_finite(const Number* x, std::int64_t n) {
    return ops_.not_finite(x, n);
  }
  const TokenOrder& sort_tokens(const Token* tokens, std::int64_t n, std::int64_t vocabulary) {
    return timed(OpGroup::kEmbeddingGradients, moved<Token>(2 * n),
                 [&]() -> const TokenOrder& { return ops_.sort_tokens(tokens, n, vocabulary); });
  }
  void embed_norm(const Token* tokens, Values table, Values y, Master* inverse) {
    timed(OpGroup::kEmbeddings, moved<Value>(2 * y.size()),
          [&] { ops_.embed_norm(tokens, table, y, inverse); });
  }
  void embed_norm_backward(const TokenOrder& order, Values y, const Master* inverse, Values dy,
                           Masters dtable) {
    timed(OpGroup::kEmbeddingGradients, moved<Value>(2 * y.size()) + moved<Master>(dtable.size()),
          [&] { ops_.embed_norm_backward(order, y, inverse, dy, dtable); });
  }
  void mix_norm(const MixNorm<Value, Master>& op) {
    timed(OpGroup::kNorms, moved<Value>(4 * op.x.size()), [&] { ops_.mix_norm(op); });
  }
  void mix_norm_backward(const MixNormBackward<Value, Master>& op) {
    timed(OpGroup::kNormGradients, moved<Value>(8 * op.x.size()),
          [&] { ops_.mix_norm_backward(op); });
  }
  void norm(Values x, Values y, Master* inverse) {
    timed(OpGroup::kNorms, moved<Value>(2 * x.size()), [&] { ops_.norm(x, y, inverse); });
  }
  void norm_backward(Values y, const Master* inverse, Values dy, Values dx, bool add) {
    timed(OpGroup::kNormGradients, moved<Value>((add ? 4 : 3) * y.size()),
          [&] { ops_.norm_backward(y, inverse, dy, dx, add); });
  }
  void add(Values x, Values y) {
    timed(OpGroup::kNormGradients, moved<Value>(3 * y.size()), [&] { ops_.add(x, y); });
  }
  void linear(Values x, Values w, Values y, bool add) {
    timed(OpGroup::kProducts, product(x, w, y), [&] { ops_.linear(x, w, y, add); });
  }
  void linear_relu_squared(Values x, Values w, Values a) {
    timed(OpGroup::kReluProducts, product(x, w, a), [&] { ops_.linear_relu_squared(x, w, a); });
  }
  void linear_backward_input(Values dy, Values w, Values dx) {
    timed(OpGroup::kInputGradients, product(dx, w, dy),
          [&] { ops_.linear_backward_input(dy, w, dx); });
  }
  void linear_backward_relu_squared(Values dy, Values w, Values a, Values dh) {
    timed(OpGroup::kReluGradients, product(dh, w, dy) + moved<Value>(a.size()),
          [&] { ops_.linear_backward_relu_squared(dy, w, a, dh); });
  }
  void linear_backward_weight(Values dy, Values x, Masters dw) {
    const Work work = {2.0 * static_cast<double>(dy.rows) * static_cast<double>(dw.size()), 0};
    timed(OpGroup::kWeightGradients,
          work + moved<Value>(dy.size() + x.size()) + moved<Master>(2 * dw.size()),
          [&] { ops_.linear_backward_weight(dy, x, dw); });
  }
  void heads(const Heads<Value, Master>& op) {
    timed(OpGroup::kHeads, moved<Value>((op.gates == nullptr ? 6 : 7) * size_of(op.shape)),
          [&] { ops_.heads(op); });
  }
  void heads_backward(const Heads<Value, Master>& op, const HeadsBackward<Value, Master>& g) {
    timed(OpGroup::kHeadGradients, moved<Value>((op.gates == nullptr ? 8 : 9) * size_of(op.shape)),
          [&] { ops_.heads_backward(op, g); });
  }
  void gate_input_backward(Value* dgates, Values gate_weight, Values dx) {
    timed(OpGroup::kHeadGradients, moved<Value>(2 * dx.rows * kGateChannels),
          [&] { ops_.gate_input_backward(dgates, gate_weight, dx); });
  }
  void value_embedding_backward(const TokenOrder& order, const Heads<Value, Master>& op,
                                const Value* dv, Masters dembedding) {
    timed(OpGroup::kEmbeddingGradients,
          moved<Value>(size_of(op.shape)) + moved<Master>(2 * dembedding.size()),
          [&] { ops_.value_embedding_backward(order, op, dv, dembedding); });
  }
  void attention(const Attention<Value, Master>& op) {
    timed(OpGroup::kAttention, {scores(op, 4), moved<Value>(4 * size_of(op.shape)).bytes},
          [&] { ops_.attention(op); });
  }
  void attention_backward(const Attention<Value, Master>& op, const AttentionBackward<Value>& g) {
    timed(OpGroup::kAttentionGradients, {scores(op, 10), moved<Value>(8 * size_of(op.shape)).bytes},
          [&] { ops_.attention_backward(op, g); });
  }
  void head_losses(const HeadLoss<Value, Master>& op) {
    timed(OpGroup::kLoss, head(op, 2), [&] { ops_.head_losses(op); });
  }
  void head_losses_backward(const HeadLoss<Value, Master>& op,
                            const HeadLossBackward<Value, Master>& g) {
    timed(OpGroup::kLoss, head(op, 6), [&] { ops_.head_losses_backward(op, g); });
  }
  void adam(const AdamStep& step, Masters parameter, const Master* gradient, Master* mean,
            Master* square) {
    timed(OpGroup::kAdam, moved<Master>(7 * parameter.size()),
          [&] { ops_.adam(step, parameter, gradient, mean, square); });
  }
  void muon(std::span<const MuonMatrix<Master>> matrices, const MuonStep& step) {
    Work work;
    for (const MuonMatrix<Master>& one : matrices) {
      const auto rows = static_cast<double>(one.parameter.rows);
      const auto columns = static_cast<double>(one.parameter.columns);
      const double small = std::min(rows, columns);
      work = work + moved<Master>(6 * one.parameter.size());
      work.flops += 5 * 2 * small * (2 * rows * columns + small * small);
    }
    timed(OpGroup::kMuon, work, [&] { ops_.muon(matrices, step); });
  }

 private:
  template <class T>
  static Work moved(std::int64_t n) {
    return {0, static_cast<double>(n) * sizeof(T)};
  }
  static std::int64_t size_of(const HeadShape& shape) { return shape.tokens() * shape.width(); }
  static Work product(Values x, Values w, Values y) {
    const double flops = 2.0 * static_cast<double>(y.rows) * static_cast<double>(w.size());
    return Work{flops, 0} + moved<Value>(x.size() + w.size() + y.size());
  }
  // `factor` operations for each channel and each key that a query sees.
  static double scores(const Attention<Value, Master>& op, double factor) {
    double seen = 0;
    for (std::int64_t t = 0; t < op.shape.time; ++t) {
      seen += static_cast<double>(std::min(t, op.window) + 1);
    }
    return factor * seen * static_cast<double>(op.shape.batch * op.shape.width());
  }
  static Work head(const HeadLoss<Value, Master>& op, double factor) {
    return Work{factor * static_cast<double>(op.x.rows) * static_cast<double>(op.weight.size()),
                0} +
           moved<Value>(op.x.size() + op.weight.size());
  }

  template <class Call>
  decltype(auto) timed(OpGroup group, Work work, const Call& call) {
    struct Watch {
      ProfiledOps& profiled;
      GroupTime& time;
      double floor, began = monotonic_seconds();
      ~Watch() {
        profiled.ops_.wait();
        time.seconds += monotonic_seconds() - began;
        time.floor_seconds += floor;
      }
    };
    const Watch watch{*this, times_[static_cast<std::size_t>(group)],
                      std::max(work.flops / peak_flops_, work.bytes / bytes_per_second_)};
    return call();
  }

  Ops& ops_;  // outlives us
  double peak_flops_, bytes_per_second_;
  std::array<GroupTime, kOpGroups.size()> times_{};
};

}  // namespace trainer
