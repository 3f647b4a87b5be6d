// The op set of the CPU: Real is float (matrix products in bfloat16 where the machine multiplies
// them) or double, the reference. Every result is the same with any number of threads.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "trainer/ops/cpu/product.h"
#include "trainer/ops/ops.h"

namespace trainer {

template <class Real>
class CpuOps {
 public:
  using Value = Real;
  using Master = Real;

  // A batch's positions, grouped by token: positions[starts[i]..starts[i + 1]) hold tokens[i].
  struct TokenOrder {
    std::vector<std::int32_t> positions, starts, tokens;
    std::int64_t groups() const { return static_cast<std::int64_t>(tokens.size()); }
  };

  CpuOps(ThreadPool& pool, const cpu::Kernels<Real>& kernels)
      : pool_(pool), kernels_(kernels), multiplier_(pool, kernels) {}

  void* allocate(std::int64_t bytes);  // zeroed, page-aligned, not yet touched; throws bad_alloc
  std::int64_t allocated_bytes() const;
  void wait() {}  // each op is done when it returns
  struct Repeated {};
  template <class Work>
  void repeat(Repeated&, double, const Work& work) {
    work();
  }
  void zero(Real* data, std::int64_t n);
  void copy_in(Real* to, const float* from, std::int64_t n);
  void copy_in(Token* to, const Token* from, std::int64_t n);
  void copy_out(float* to, const Real* from, std::int64_t n);
  Real* weights(Real* masters, std::int64_t) { return masters; }
  double sum(const Real* x, std::int64_t n);
  std::int64_t not_finite(const Real* x, std::int64_t n);

  const TokenOrder& sort_tokens(const Token* tokens, std::int64_t n, std::int64_t vocabulary);
  void embed_norm(const Token* tokens, Matrix<Real> table, Matrix<Real> y, Real* inverse);
  void embed_norm_backward(const TokenOrder& order, Matrix<Real> y, const Real* inverse,
                           Matrix<Real> dy, Matrix<Real> dtable);
  void mix_norm(const MixNorm<Real, Real>& op);
  void mix_norm_backward(const MixNormBackward<Real, Real>& op);
  void norm(Matrix<Real> x, Matrix<Real> y, Real* inverse);
  void norm_backward(Matrix<Real> y, const Real* inverse, Matrix<Real> dy, Matrix<Real> dx,
                     bool add);
  void add(Matrix<Real> x, Matrix<Real> y);
  void linear(Matrix<Real> x, Matrix<Real> w, Matrix<Real> y, bool add);
  void linear_relu_squared(Matrix<Real> x, Matrix<Real> w, Matrix<Real> a);
  void linear_backward_input(Matrix<Real> dy, Matrix<Real> w, Matrix<Real> dx);
  void linear_backward_relu_squared(Matrix<Real> dy, Matrix<Real> w, Matrix<Real> a,
                                    Matrix<Real> dh);
  void linear_backward_weight(Matrix<Real> dy, Matrix<Real> x, Matrix<Real> dw);
  void heads(const Heads<Real, Real>& op);
  void heads_backward(const Heads<Real, Real>& op, const HeadsBackward<Real, Real>& gradient);
  void gate_input_backward(Real* dgates, Matrix<Real> gate_weight, Matrix<Real> dx);
  void value_embedding_backward(const TokenOrder& order, const Heads<Real, Real>& op,
                                const Real* dv, Matrix<Real> dembedding);
  void attention(const Attention<Real, Real>& op);
  void attention_backward(const Attention<Real, Real>& op, const AttentionBackward<Real>& gradient);
  void head_losses(const HeadLoss<Real, Real>& op);
  void head_losses_backward(const HeadLoss<Real, Real>& op,
                            const HeadLossBackward<Real, Real>& gradient);
  void adam(const AdamStep& step, Matrix<Real> parameter, const Real* gradient, Real* mean,
            Real* square);
  void muon(std::span<const MuonMatrix<Real>> matrices, const MuonStep& step);

 private:
  template <class Task>
  void over_rows(std::int64_t rows, Task&& task);  // task(cpu::Range, thread)
  template <class Task>
  void over_groups(const TokenOrder& order, Task&& task);  // task(group)
  void logits(const HeadLoss<Real, Real>& op, cpu::Range rows, const void* packed, Real* out);
  void losses(const HeadLoss<Real, Real>& op, cpu::Range rows, Real* logits,
              std::optional<double> scale);  // of the gradient, where it is wanted
  cpu::AttentionHead<Real> head_of(const Attention<Real, Real>& op, std::int64_t head) const;
  void muon_matrix(const MuonMatrix<Real>& matrix, const MuonStep& step, int thread);

  ThreadPool& pool_;                   // outlives us
  const cpu::Kernels<Real>& kernels_;  // outlives us
  cpu::Multiplier<Real> multiplier_;
  std::vector<Buffer> memory_;
  TokenOrder order_;
  std::vector<std::int32_t> counts_;
  Buffer logits_, head_weight_, head_weight_down_;
  std::vector<Real> partial_;  // sums of blocks of rows
};

extern template class CpuOps<float>;
extern template class CpuOps<double>;

}  // namespace trainer
