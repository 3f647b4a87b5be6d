// Everything that works on rows: norms, mixing, heads, the loss. Included by kernels.cpp alone,
// once for each instruction set; everything here is private to that compilation. The formulas are
// in ops/rows.h.
#pragma once
#include "trainer/ops/cpu/gemm.h"

namespace trainer::cpu {
namespace {

template <class Real>
TRAINER_ROW Real dot(const Real* a, const Real* b, std::int64_t n) {
  Real sum = 0;
  for (std::int64_t j = 0; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

template <class Real>
TRAINER_ROW Real norm_row(const Real* x, Real* y, std::int64_t n) {
  const Real inverse = inverse_rms(dot(x, x, n), n);
  for (std::int64_t j = 0; j < n; ++j) y[j] = x[j] * inverse;
  return inverse;
}

// dx (+)= the gradient through a norm.
template <class Real>
TRAINER_ROW void norm_row_backward(const Real* y, Real inverse, const Real* dy, Real* dx,
                                   std::int64_t n) {
  const Real mean = dot(y, dy, n) / static_cast<Real>(n);
  for (std::int64_t j = 0; j < n; ++j) dx[j] += norm_gradient(y[j], dy[j], mean, inverse);
}

template <class Real>
void embed_norm(const Token* tokens, Matrix<Real> table, Matrix<Real> y, Real* inverse,
                Range rows) {
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    inverse[n] =
        norm_row(table.data + tokens[n] * table.columns, y.data + n * y.columns, y.columns);
  }
}

template <class Real>
void norm(Matrix<Real> x, Matrix<Real> y, Real* inverse, Range rows) {
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    inverse[n] = norm_row(x.data + n * x.columns, y.data + n * x.columns, x.columns);
  }
}

template <class Real>
void norm_backward(const NormBackward<Real>& op, Range rows) {
  const std::int64_t columns = op.y.columns;
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    Real* to = op.dx.data + n * columns;
    if (!op.add) __builtin_memset(to, 0, static_cast<std::size_t>(columns) * sizeof(Real));
    norm_row_backward(op.y.data + n * columns, op.inverse[n], op.dy.data + n * columns, to,
                      columns);
  }
}

template <class Real>
void mix_norm(const MixNorm<Real, Real>& op, Range rows) {
  const std::int64_t columns = op.x.columns;
  const Real lambda = *op.lambda;
  const Real mu = *op.mu;
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    const Real* x = op.x.data + n * columns;
    const Real* x0 = op.x0.data + n * columns;
    Real* mixed = op.mixed.data + n * columns;
    for (std::int64_t j = 0; j < columns; ++j) mixed[j] = lambda * x[j] + mu * x0[j];
    op.inverse[n] = norm_row(mixed, op.y.data + n * columns, columns);
  }
}

template <class Real>
void mix_norm_backward(const MixNormBackward<Real, Real>& op, Range rows, Real* sums) {
  const std::int64_t columns = op.x.columns;
  const Real lambda = *op.lambda;
  const Real mu = *op.mu;
  sums[0] = sums[1] = 0;
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    const std::int64_t at = n * columns;
    Real* dx = op.dx.data + at;
    norm_row_backward(op.y.data + at, op.inverse[n], op.dy.data + at, dx, columns);
    sums[0] += dot(dx, op.x.data + at, columns);
    sums[1] += dot(dx, op.x0.data + at, columns);
    Real* dx0 = op.dx0.data + at;
    for (std::int64_t j = 0; j < columns; ++j) {
      dx0[j] += mu * dx[j];
      dx[j] *= lambda;
    }
  }
}

template <class Real>
void add(const Real* x, Real* y, Range range) {
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] += x[i];
}

template <class Real>
void add_scaled(const Real* x, Real factor, Real* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

// One head of one token: where its numbers lie in the packed rows and in (B, H, T, D).
struct HeadAt {
  std::int64_t token, head;  // n H + h is the head's place in (N, H)
  std::int64_t packed, split, angle;
};
TRAINER_ROW HeadAt head_at(const HeadShape& shape, std::int64_t n, std::int64_t h) {
  const std::int64_t b = n / shape.time;
  const std::int64_t t = n % shape.time;
  return {n, n * shape.heads + h, n * 3 * shape.width() + h * shape.head_dim,
          ((b * shape.heads + h) * shape.time + t) * shape.head_dim, t * shape.head_dim / 2};
}

// The rotation of one position: (D/2) angles.
template <class Real>
struct Angles {
  const Real *cosine, *sine;
  std::int64_t half;
};
template <class Real>
TRAINER_ROW Angles<Real> angles_at(const Heads<Real, Real>& op, const HeadAt& at) {
  return {op.cosines + at.angle, op.sines + at.angle, op.shape.head_dim / 2};
}

// y = norm(rotate(x)); returns the norm's inverse.
template <class Real>
TRAINER_ROW Real rotate_norm(const Real* x, const Angles<Real>& angles, Real* y) {
  for (std::int64_t j = 0; j < angles.half; ++j) {
    const Real first = x[j];
    const Real second = x[j + angles.half];
    y[j] = rotate_first(first, second, angles.cosine[j], angles.sine[j]);
    y[j + angles.half] = rotate_second(first, second, angles.cosine[j], angles.sine[j]);
  }
  return norm_row(y, y, 2 * angles.half);
}

// The gradient goes back through the norm and then turns the other way. Spoils dy.
template <class Real>
TRAINER_ROW void rotate_norm_backward(const Real* y, Real inverse, const Angles<Real>& angles,
                                      Real* dy, Real* dx) {
  const std::int64_t dim = 2 * angles.half;
  const Real mean = dot(y, dy, dim) / static_cast<Real>(dim);
  for (std::int64_t j = 0; j < dim; ++j) dy[j] = norm_gradient(y[j], dy[j], mean, inverse);
  for (std::int64_t j = 0; j < angles.half; ++j) {
    const Real first = dy[j];
    const Real second = dy[j + angles.half];
    dx[j] = rotate_first(first, second, angles.cosine[j], -angles.sine[j]);
    dx[j + angles.half] = rotate_second(first, second, angles.cosine[j], -angles.sine[j]);
  }
}

template <class Real>
void heads(const Heads<Real, Real>& op, Range rows) {
  const std::int64_t dim = op.shape.head_dim;
  const std::int64_t width = op.shape.width();
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    for (std::int64_t h = 0; h < op.shape.heads; ++h) {
      const HeadAt at = head_at(op.shape, n, h);
      const Real* x = op.qkv.data + at.packed;
      const Angles<Real> angles = angles_at(op, at);
      op.q_inverse[at.head] = rotate_norm(x, angles, op.q + at.split);
      op.k_inverse[at.head] = rotate_norm(x + width, angles, op.k + at.split);
      Real* v = op.v + at.split;
      __builtin_memcpy(v, x + 2 * width, static_cast<std::size_t>(dim) * sizeof(Real));
      if (op.gates == nullptr) continue;
      const Real gate = value_gate(
          dot(op.input.data + n * width, op.gate_weight.data + h * kGateChannels, kGateChannels));
      op.gates[at.head] = gate;
      const Real* embedding = op.embedding.data + op.tokens[n] * width + h * dim;
      for (std::int64_t j = 0; j < dim; ++j) v[j] += gate * embedding[j];
    }
  }
}

template <class Real>
void heads_backward(const Heads<Real, Real>& op, const HeadsBackward<Real, Real>& gradient,
                    Range rows) {
  const std::int64_t dim = op.shape.head_dim;
  const std::int64_t width = op.shape.width();
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    for (std::int64_t h = 0; h < op.shape.heads; ++h) {
      const HeadAt at = head_at(op.shape, n, h);
      Real* dx = gradient.dqkv.data + at.packed;
      const Angles<Real> angles = angles_at(op, at);
      rotate_norm_backward(op.q + at.split, op.q_inverse[at.head], angles, gradient.dq + at.split,
                           dx);
      rotate_norm_backward(op.k + at.split, op.k_inverse[at.head], angles, gradient.dk + at.split,
                           dx + width);
      const Real* dv = gradient.dv + at.split;
      __builtin_memcpy(dx + 2 * width, dv, static_cast<std::size_t>(dim) * sizeof(Real));
      if (op.gates == nullptr) continue;
      const Real* embedding = op.embedding.data + op.tokens[n] * width + h * dim;
      gradient.dgates[at.head] = dot(dv, embedding, dim) * value_gate_slope(op.gates[at.head]);
    }
  }
}

template <class Real>
void loss_rows(const LossRows<Real>& op, Range rows, Real* exponentials) {
  const std::int64_t vocabulary = op.vocabulary;
  const Real inverse_cap = 1 / op.cap;
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    Real* z = op.logits + n * vocabulary;
    const std::int64_t target = op.targets[n];
    Real sum = 0;
    for (std::int64_t j = 0; j < vocabulary; ++j) {
      z[j] = tanh(z[j] * inverse_cap);
      exponentials[j] = exponential(z[j] * op.cap);
      sum += exponentials[j];
    }
    op.losses[n] = target < 0 ? Real(0) : std::log(sum) - op.cap * z[target];
    if (!op.differentiate) continue;
    const Real inverse = 1 / sum;
    const Real scale = target < 0 ? Real(0) : op.scale;
    const Real at_target = target < 0 ? Real(0) : z[target];
    for (std::int64_t j = 0; j < vocabulary; ++j) {
      z[j] = scale * softcap_gradient(z[j], exponentials[j] * inverse, false);
    }
    if (target >= 0) {
      z[target] = scale * softcap_gradient(at_target, exponentials[target] * inverse, true);
    }
  }
}

template <class Real>
void adam(const AdamUpdate<Real>& op, Range range) {
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    trainer::adam(op.step, op.gradient[i], op.parameter[i], op.mean[i], op.square[i]);
  }
}

}  // namespace
}  // namespace trainer::cpu
