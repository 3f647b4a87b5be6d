// The element-wise parts of Muon; its products are ordinary ones. Included by kernels.cpp alone.
#pragma once
#include "trainer/ops/cpu/gemm.h"

namespace trainer::cpu {
namespace {

template <class Real>
Real muon_momentum(const Real* gradient, Real* momentum, Real* update, Real m, Range range) {
  Real squares = 0;
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    momentum[i] += (gradient[i] - momentum[i]) * (1 - m);
    update[i] = gradient[i] + (momentum[i] - gradient[i]) * m;
    squares += update[i] * update[i];
  }
  return squares;
}

template <class Real>
void muon_polynomial(const Real* a, Real* square, Real b, Real c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) square[i] = b * a[i] + c * square[i];
}

template <class Real>
void scale(Real* x, Real factor, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

// Mean squares of the rows, or of the columns where there are more of those.
template <class Real>
void mean_squares(const MuonUpdate<Real>& op, Real* means) {
  const bool by_row = op.rows >= op.columns;
  for (std::int64_t j = 0; !by_row && j < op.columns; ++j) means[j] = 0;
  for (std::int64_t i = 0; i < op.rows; ++i) {
    const Real* x = op.update + i * op.columns;
    Real sum = 0;
    if (by_row) {
      for (std::int64_t j = 0; j < op.columns; ++j) sum += x[j] * x[j];
      means[i] = sum / static_cast<Real>(op.columns);
    } else {
      for (std::int64_t j = 0; j < op.columns; ++j) {
        means[j] += x[j] * x[j] / static_cast<Real>(op.rows);
      }
    }
  }
}

// NorMuon: divide by the root of the running mean squares, keep the Frobenius norm, and step.
// `means` has room for max(rows, columns). Source: Li et al., arXiv 2510.05491.
template <class Real>
void muon_update(const MuonUpdate<Real>& op, Real* means) {
  const bool by_row = op.rows >= op.columns;
  const std::int64_t count = by_row ? op.rows : op.columns;
  mean_squares(op, means);
  Real before = 0;
  Real after = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    op.second[i] += (means[i] - op.second[i]) * (1 - op.beta2);
    const Real floor = static_cast<Real>(1e-10);
    const Real inverse = 1 / std::sqrt(op.second[i] > floor ? op.second[i] : floor);
    before += means[i];
    after += means[i] * inverse * inverse;
    means[i] = inverse;
  }
  const Real reduced = static_cast<Real>(by_row ? op.columns : op.rows);
  const Real norm = std::sqrt(after * reduced);
  const Real restore = std::sqrt(before * reduced) / (norm > Real(1e-10) ? norm : Real(1e-10));
  for (std::int64_t i = 0; i < op.rows; ++i) {
    Real* p = op.parameter + i * op.columns;
    const Real* x = op.update + i * op.columns;
    for (std::int64_t j = 0; j < op.columns; ++j) {
      const Real update = x[j] * (means[by_row ? i : j] * restore);
      p[j] = cautious_step(p[j], update, op.rate, op.decay);
    }
  }
}

}  // namespace
}  // namespace trainer::cpu
