// The kernels of one instruction set, as a table of functions that each do one thread's share.
// kernels.cpp is compiled once for each set; CpuOps picks a table and shares out the work.
//
// No function here allocates, and none depends on how many threads there are.
#pragma once
#include <cstdint>

#include "trainer/ops/cpu/isa.h"
#include "trainer/ops/ops.h"
#include "trainer/ops/rows.h"

namespace trainer::cpu {

struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
};

// A matrix operand: element (i, k) lies at data[i * row_stride + k * k_stride]; one stride is 1.
template <class Real>
struct Operand {
  const Real* data = nullptr;
  std::int64_t row_stride = 0, k_stride = 0;
};

// How an instruction set cuts a product C (M, N) = A (M, K) B^T (N, K).
struct Tiling {
  std::int64_t tile_rows, panel_columns;  // of the innermost kernel
  std::int64_t unit_bytes, unit_depth;    // a packed unit holds `depth` neighbours along K
};

enum class Store : std::uint8_t {
  kSet,
  kAdd,
  kReluSquared,       // relu(product)^2
  kReluSquaredSlope,  // product * 2 sqrt(aux)
};

// One block of C: all columns, rows [0, rows). B is packed whole, panel after panel.
template <class Real>
struct Block {
  Operand<Real> a;  // (rows, K)
  std::int64_t rows = 0, depth = 0;
  const void* packed_b = nullptr;
  std::int64_t columns = 0;
  std::int64_t panel_depth = 0;  // K of the packed operand; `depth` may be a part of it
  Real* c = nullptr;
  std::int64_t c_stride = 0;
  Store store = Store::kSet;
  const Real* aux = nullptr;  // laid out as C
};

template <class Real>
struct AttentionHead {
  std::int64_t time, head_dim, window, y_stride;
  const Real *q, *k, *v;     // (T, D)
  Real* y;                   // (T, D), rows y_stride apart
  Real* log_sum;             // (T)
  const Real* dy = nullptr;  // as y
  Real *dq = nullptr, *dk = nullptr, *dv = nullptr;
};

template <class Real>
struct LossRows {
  Real* logits;  // (rows, V): x W^T in; spoiled, or its gradient out
  std::int64_t vocabulary;
  const Token* targets;
  Real* losses;
  Real cap;
  bool differentiate;
  Real scale;  // of the gradient
};

template <class Real>
struct NormBackward {
  Matrix<Real> y;
  const Real* inverse;
  Matrix<Real> dy, dx;
  bool add;  // to dx, or set it
};

template <class Real>
struct AdamUpdate {
  AdamStep step;
  const Real* gradient;
  Real *parameter, *mean, *square;
};

template <class Real>
struct MuonUpdate {
  Real *parameter, *update;  // `update` is the orthogonalised momentum
  Real* second;
  std::int64_t rows, columns;
  Real rate, decay, beta2;
};

template <class Real>
struct Kernels {
  Tiling tiling;
  // Bytes of scratch that `multiply` wants for a block of `rows`, and that a head of attention
  // wants.
  std::int64_t (*multiply_scratch)(std::int64_t rows);
  std::int64_t (*attention_scratch)(std::int64_t time, std::int64_t head_dim);
  // The operand (rows, depth), of it the rows of `panels`, into `packed`.
  void (*pack_panels)(const Operand<Real>& b, std::int64_t rows, std::int64_t depth, Range panels,
                      void* packed);
  void (*multiply)(const Block<Real>& block, void* scratch);

  void (*embed_norm)(const Token* tokens, Matrix<Real> table, Matrix<Real> y, Real* inverse,
                     Range rows);
  void (*norm)(Matrix<Real> x, Matrix<Real> y, Real* inverse, Range rows);
  void (*norm_backward)(const NormBackward<Real>& op, Range rows);
  void (*mix_norm)(const MixNorm<Real, Real>& op, Range rows);
  // sums[0], sums[1]: this range's share of d lambda and d mu.
  void (*mix_norm_backward)(const MixNormBackward<Real, Real>& op, Range rows, Real* sums);
  void (*add)(const Real* x, Real* y, Range range);
  void (*heads)(const Heads<Real, Real>& op, Range rows);
  void (*heads_backward)(const Heads<Real, Real>& op, const HeadsBackward<Real, Real>& gradient,
                         Range rows);
  void (*attention)(const AttentionHead<Real>& head, void* scratch);
  void (*attention_backward)(const AttentionHead<Real>& head, void* scratch);
  void (*loss_rows)(const LossRows<Real>& op, Range rows, Real* exponentials);
  void (*add_scaled)(const Real* x, Real factor, Real* y, std::int64_t n);  // y += factor x
  void (*adam)(const AdamUpdate<Real>& op, Range range);
  // momentum = lerp(momentum, g, 1 - m); update = lerp(g, momentum, m); returns |update|^2.
  Real (*muon_momentum)(const Real* gradient, Real* momentum, Real* update, Real m, Range range);
  void (*muon_polynomial)(const Real* a, Real* square, Real b, Real c,
                          std::int64_t n);  // b A + c A^2
  void (*scale)(Real* x, Real factor, std::int64_t n);
  void (*muon_update)(const MuonUpdate<Real>& op, Real* means);
};

const Kernels<float>& kernels(Isa isa);
const Kernels<double>& double_kernels();  // the reference, for finite differences

}  // namespace trainer::cpu
