#include "trainer/ops/cpu/cpu_ops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace trainer {
namespace {

constexpr std::int64_t kRowsPerTask = 64;
constexpr std::int64_t kGroupsPerTask = 32;
constexpr std::int64_t kLossRows = 512;  // of logits that exist at a time

std::int64_t tasks_of(std::int64_t n, std::int64_t share) { return (n + share - 1) / share; }

// The three products of a linear layer y = x w^T, w (out, in).
template <class Real>
cpu::Product<Real> x_w_transposed(Matrix<Real> x, Matrix<Real> w, Matrix<Real> y,
                                  cpu::Store store) {
  return {.a = {x.data, x.columns, 1},
          .b = {w.data, w.columns, 1},
          .rows = x.rows,
          .columns = w.rows,
          .depth = w.columns,
          .c = y.data,
          .c_stride = y.columns,
          .store = store};
}
template <class Real>
cpu::Product<Real> y_w(Matrix<Real> y, Matrix<Real> w, Matrix<Real> x, cpu::Store store) {
  return {.a = {y.data, y.columns, 1},
          .b = {w.data, 1, w.columns},
          .rows = y.rows,
          .columns = w.columns,
          .depth = w.rows,
          .c = x.data,
          .c_stride = x.columns,
          .store = store};
}
// Added to w, whose columns may be the first ones of x.
template <class Real>
cpu::Product<Real> y_transposed_x(Matrix<Real> y, Matrix<Real> x, Matrix<Real> w) {
  return {.a = {y.data, 1, y.columns},
          .b = {x.data, 1, x.columns},
          .rows = w.rows,
          .columns = w.columns,
          .depth = y.rows,
          .c = w.data,
          .c_stride = w.columns,
          .store = cpu::Store::kAdd};
}

}  // namespace

template <class Real>
template <class Task>
void CpuOps<Real>::over_rows(std::int64_t rows, Task&& task) {
  pool_.run(tasks_of(rows, kRowsPerTask), [&](std::int64_t index, int thread) {
    task(cpu::Range{index * kRowsPerTask, std::min(rows, (index + 1) * kRowsPerTask)}, thread);
  });
}

template <class Real>
template <class Task>
void CpuOps<Real>::over_groups(const TokenOrder& order, Task&& task) {
  pool_.run(tasks_of(order.groups(), kGroupsPerTask), [&](std::int64_t index, int) {
    const std::int64_t end = std::min(order.groups(), (index + 1) * kGroupsPerTask);
    for (std::int64_t group = index * kGroupsPerTask; group < end; ++group) {
      task(static_cast<std::size_t>(group));
    }
  });
}

template <class Real>
void* CpuOps<Real>::allocate(std::int64_t bytes) {
  return memory_.emplace_back(std::max<std::int64_t>(bytes, 1)).reserve(1);
}

template <class Real>
std::int64_t CpuOps<Real>::allocated_bytes() const {
  std::int64_t sum = 0;
  for (const Buffer& buffer : memory_) sum += buffer.bytes();
  return sum;
}

template <class Real>
void CpuOps<Real>::zero(Real* data, std::int64_t n) {
  std::memset(data, 0, static_cast<std::size_t>(n) * sizeof(Real));
}

template <class Real>
void CpuOps<Real>::copy_in(Real* to, const float* from, std::int64_t n) {
  std::copy(from, from + n, to);
}

template <class Real>
void CpuOps<Real>::copy_in(Token* to, const Token* from, std::int64_t n) {
  std::copy(from, from + n, to);
}

template <class Real>
void CpuOps<Real>::copy_out(float* to, const Real* from, std::int64_t n) {
  std::transform(from, from + n, to, [](Real x) { return static_cast<float>(x); });
}

template <class Real>
std::int64_t CpuOps<Real>::not_finite(const Real* x, std::int64_t n) {
  return std::count_if(x, x + n, [](Real number) { return !std::isfinite(number); });
}

template <class Real>
double CpuOps<Real>::sum(const Real* x, std::int64_t n) {
  return std::accumulate(x, x + n, 0.0);
}

template <class Real>
auto CpuOps<Real>::sort_tokens(const Token* tokens, std::int64_t n, std::int64_t vocabulary)
    -> const TokenOrder& {
  counts_.assign(static_cast<std::size_t>(vocabulary) + 1, 0);
  for (std::int64_t i = 0; i < n; ++i) ++counts_[static_cast<std::size_t>(tokens[i]) + 1];
  order_.tokens.clear();
  order_.starts.assign(1, 0);
  for (std::size_t token = 0; token < static_cast<std::size_t>(vocabulary); ++token) {
    const bool is_there = counts_[token + 1] > 0;
    counts_[token + 1] += counts_[token];
    if (!is_there) continue;
    order_.tokens.push_back(static_cast<std::int32_t>(token));
    order_.starts.push_back(counts_[token + 1]);
  }
  order_.positions.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto place = static_cast<std::size_t>(counts_[static_cast<std::size_t>(tokens[i])]++);
    order_.positions[place] = static_cast<std::int32_t>(i);
  }
  return order_;
}

template <class Real>
void CpuOps<Real>::embed_norm(const Token* tokens, Matrix<Real> table, Matrix<Real> y,
                              Real* inverse) {
  over_rows(y.rows,
            [&](cpu::Range rows, int) { kernels_.embed_norm(tokens, table, y, inverse, rows); });
}

template <class Real>
void CpuOps<Real>::embed_norm_backward(const TokenOrder& order, Matrix<Real> y, const Real* inverse,
                                       Matrix<Real> dy, Matrix<Real> dtable) {
  over_groups(order, [&](std::size_t group) {
    const auto row = dtable.slice(order.tokens[group], 1);
    for (std::int32_t i = order.starts[group]; i < order.starts[group + 1]; ++i) {
      const std::int64_t n = order.positions[static_cast<std::size_t>(i)];
      kernels_.norm_backward({y.slice(n, 1), inverse + n, dy.slice(n, 1), row, true}, {0, 1});
    }
  });
}

template <class Real>
void CpuOps<Real>::mix_norm(const MixNorm<Real, Real>& op) {
  over_rows(op.x.rows, [&](cpu::Range rows, int) { kernels_.mix_norm(op, rows); });
}

template <class Real>
void CpuOps<Real>::mix_norm_backward(const MixNormBackward<Real, Real>& op) {
  const std::int64_t tasks = tasks_of(op.x.rows, kRowsPerTask);
  partial_.resize(static_cast<std::size_t>(2 * tasks));
  over_rows(op.x.rows, [&](cpu::Range rows, int) {
    kernels_.mix_norm_backward(op, rows, partial_.data() + 2 * (rows.begin / kRowsPerTask));
  });
  for (std::size_t task = 0; task < static_cast<std::size_t>(tasks); ++task) {
    *op.dlambda += partial_[2 * task];
    *op.dmu += partial_[2 * task + 1];
  }
}

template <class Real>
void CpuOps<Real>::norm(Matrix<Real> x, Matrix<Real> y, Real* inverse) {
  over_rows(x.rows, [&](cpu::Range rows, int) { kernels_.norm(x, y, inverse, rows); });
}

template <class Real>
void CpuOps<Real>::norm_backward(Matrix<Real> y, const Real* inverse, Matrix<Real> dy,
                                 Matrix<Real> dx, bool add) {
  over_rows(y.rows,
            [&](cpu::Range rows, int) { kernels_.norm_backward({y, inverse, dy, dx, add}, rows); });
}

template <class Real>
void CpuOps<Real>::add(Matrix<Real> x, Matrix<Real> y) {
  over_rows(x.rows, [&](cpu::Range rows, int) {
    kernels_.add(x.data, y.data, {rows.begin * x.columns, rows.end * x.columns});
  });
}

template <class Real>
void CpuOps<Real>::linear(Matrix<Real> x, Matrix<Real> w, Matrix<Real> y, bool add) {
  multiplier_.run(x_w_transposed(x, w, y, add ? cpu::Store::kAdd : cpu::Store::kSet));
}

template <class Real>
void CpuOps<Real>::linear_relu_squared(Matrix<Real> x, Matrix<Real> w, Matrix<Real> a) {
  multiplier_.run(x_w_transposed(x, w, a, cpu::Store::kReluSquared));
}

template <class Real>
void CpuOps<Real>::linear_backward_input(Matrix<Real> dy, Matrix<Real> w, Matrix<Real> dx) {
  multiplier_.run(y_w(dy, w, dx, cpu::Store::kSet));
}

template <class Real>
void CpuOps<Real>::linear_backward_relu_squared(Matrix<Real> dy, Matrix<Real> w, Matrix<Real> a,
                                                Matrix<Real> dh) {
  cpu::Product<Real> product = y_w(dy, w, dh, cpu::Store::kReluSquaredSlope);
  product.aux = a.data;
  multiplier_.run(product);
}

template <class Real>
void CpuOps<Real>::linear_backward_weight(Matrix<Real> dy, Matrix<Real> x, Matrix<Real> dw) {
  multiplier_.run(y_transposed_x(dy, x, dw));
}

template <class Real>
void CpuOps<Real>::heads(const Heads<Real, Real>& op) {
  over_rows(op.shape.tokens(), [&](cpu::Range rows, int) { kernels_.heads(op, rows); });
}

template <class Real>
void CpuOps<Real>::heads_backward(const Heads<Real, Real>& op,
                                  const HeadsBackward<Real, Real>& gradient) {
  over_rows(op.shape.tokens(),
            [&](cpu::Range rows, int) { kernels_.heads_backward(op, gradient, rows); });
  if (op.gates == nullptr) return;
  const Matrix<Real> dgates = {gradient.dgates, op.shape.tokens(), op.shape.heads};
  multiplier_.run(y_transposed_x(dgates, op.input, gradient.dgate_weight));
}

template <class Real>
void CpuOps<Real>::gate_input_backward(Real* dgates, Matrix<Real> gate_weight, Matrix<Real> dx) {
  const Matrix<Real> dy = {dgates, dx.rows, gate_weight.rows};
  multiplier_.run(y_w(dy, gate_weight, dx, cpu::Store::kAdd));
}

template <class Real>
void CpuOps<Real>::value_embedding_backward(const TokenOrder& order, const Heads<Real, Real>& op,
                                            const Real* dv, Matrix<Real> dembedding) {
  const HeadShape& shape = op.shape;
  over_groups(order, [&](std::size_t group) {
    Real* const row = dembedding.data + order.tokens[group] * dembedding.columns;
    for (std::int32_t i = order.starts[group]; i < order.starts[group + 1]; ++i) {
      const std::int64_t n = order.positions[static_cast<std::size_t>(i)];
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        const std::int64_t split = (n / shape.time * shape.heads + h) * shape.time + n % shape.time;
        kernels_.add_scaled(dv + split * shape.head_dim, op.gates[n * shape.heads + h],
                            row + h * shape.head_dim, shape.head_dim);
      }
    }
  });
}

template <class Real>
cpu::AttentionHead<Real> CpuOps<Real>::head_of(const Attention<Real, Real>& op,
                                               std::int64_t head) const {
  const HeadShape& shape = op.shape;
  const std::int64_t at = head * shape.time * shape.head_dim;
  const std::int64_t row = head / shape.heads * shape.time;
  return {.time = shape.time,
          .head_dim = shape.head_dim,
          .window = op.window,
          .y_stride = op.y.columns,
          .q = op.q + at,
          .k = op.k + at,
          .v = op.v + at,
          .y = op.y.data + row * op.y.columns + head % shape.heads * shape.head_dim,
          .log_sum = op.log_sum + head * shape.time};
}

template <class Real>
void CpuOps<Real>::attention(const Attention<Real, Real>& op) {
  const std::int64_t bytes = kernels_.attention_scratch(op.shape.time, op.shape.head_dim);
  pool_.run(op.shape.batch * op.shape.heads, [&](std::int64_t head, int thread) {
    kernels_.attention(head_of(op, head), multiplier_.scratch(thread, bytes));
  });
}

template <class Real>
void CpuOps<Real>::attention_backward(const Attention<Real, Real>& op,
                                      const AttentionBackward<Real>& gradient) {
  const std::int64_t bytes = kernels_.attention_scratch(op.shape.time, op.shape.head_dim);
  pool_.run(op.shape.batch * op.shape.heads, [&](std::int64_t head, int thread) {
    cpu::AttentionHead<Real> one = head_of(op, head);
    const std::int64_t at = head * op.shape.time * op.shape.head_dim;
    one.dy = gradient.dy.data + (one.y - op.y.data);
    one.dq = gradient.dq + at;
    one.dk = gradient.dk + at;
    one.dv = gradient.dv + at;
    kernels_.attention_backward(one, multiplier_.scratch(thread, bytes));
  });
}

template <class Real>
void CpuOps<Real>::logits(const HeadLoss<Real, Real>& op, cpu::Range rows, const void* packed,
                          Real* out) {
  const Matrix<Real> z = {out, rows.size(), op.weight.rows};
  multiplier_.run(
      x_w_transposed(op.x.slice(rows.begin, rows.size()), op.weight, z, cpu::Store::kSet), packed);
}

template <class Real>
void CpuOps<Real>::losses(const HeadLoss<Real, Real>& op, cpu::Range rows, Real* logits,
                          std::optional<double> scale) {
  const cpu::LossRows<Real> chunk = {.logits = logits,
                                     .vocabulary = op.weight.rows,
                                     .targets = op.targets + rows.begin,
                                     .losses = op.losses + rows.begin,
                                     .cap = static_cast<Real>(op.cap),
                                     .differentiate = scale.has_value(),
                                     .scale = static_cast<Real>(scale.value_or(0))};
  constexpr std::int64_t kShare = 16;
  pool_.run(tasks_of(rows.size(), kShare), [&](std::int64_t task, int thread) {
    const cpu::Range part = {task * kShare, std::min(rows.size(), (task + 1) * kShare)};
    const auto bytes = op.weight.rows * static_cast<std::int64_t>(sizeof(Real));
    kernels_.loss_rows(chunk, part, static_cast<Real*>(multiplier_.scratch(thread, bytes)));
  });
}

template <class Real>
void CpuOps<Real>::head_losses(const HeadLoss<Real, Real>& op) {
  const std::int64_t vocabulary = op.weight.rows;
  auto* const chunk = logits_.reserve<Real>(std::min(kLossRows, op.x.rows) * vocabulary);
  const void* const packed = multiplier_.pack({op.weight.data, op.weight.columns, 1}, vocabulary,
                                              op.weight.columns, head_weight_);
  for (std::int64_t row = 0; row < op.x.rows; row += kLossRows) {
    const cpu::Range rows = {row, std::min(op.x.rows, row + kLossRows)};
    logits(op, rows, packed, chunk);
    losses(op, rows, chunk, std::nullopt);
  }
}

template <class Real>
void CpuOps<Real>::head_losses_backward(const HeadLoss<Real, Real>& op,
                                        const HeadLossBackward<Real, Real>& gradient) {
  const std::int64_t vocabulary = op.weight.rows;
  const std::int64_t width = op.weight.columns;
  auto* const chunk = logits_.reserve<Real>(std::min(kLossRows, op.x.rows) * vocabulary);
  const void* const packed =
      multiplier_.pack({op.weight.data, width, 1}, vocabulary, width, head_weight_);
  const void* const down =
      multiplier_.pack({op.weight.data, 1, width}, width, vocabulary, head_weight_down_);
  for (std::int64_t row = 0; row < op.x.rows; row += kLossRows) {
    const cpu::Range rows = {row, std::min(op.x.rows, row + kLossRows)};
    logits(op, rows, packed, chunk);
    losses(op, rows, chunk, gradient.scale);
    const Matrix<Real> dz = {chunk, rows.size(), vocabulary};
    multiplier_.run(y_w(dz, op.weight, gradient.dx.slice(row, rows.size()), cpu::Store::kSet),
                    down);
    linear_backward_weight(dz, op.x.slice(row, rows.size()), gradient.dweight);
  }
}

template class CpuOps<float>;
template class CpuOps<double>;

}  // namespace trainer
