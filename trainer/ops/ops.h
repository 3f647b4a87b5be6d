// What the model and the optimizer ask of a machine: some twenty coarse, fused operations. CpuOps
// (ops/cpu) has them all; a CUDA set has the same names over device pointers, and Model<Ops> takes
// either. The concept below is the list: a set that misses one does not compile.
//
// Shapes: B rows of T tokens, N = B T; C channels = H heads of D; F = 4 C; V vocabulary. Matrices
// are row-major and dense. `Value` is what activations and multiplied weights are made of; `Master`
// is what parameters, gradients and moments are kept in. Each op is asynchronous if it likes:
// only wait, copy_out, sum and not_finite wait.
#pragma once
#include <concepts>
#include <cstdint>
#include <span>

#include "trainer/ops/rows.h"

namespace trainer {

using Token = std::int32_t;

template <class Real>
struct Matrix {
  Real* data = nullptr;
  std::int64_t rows = 0, columns = 0;

  TRAINER_ROW std::int64_t size() const { return rows * columns; }
  Matrix slice(std::int64_t first_row, std::int64_t count) const {
    return {data + first_row * columns, count, columns};
  }
};

// Of the attention heads: rows n = b T + t of width C = heads * head_dim.
struct HeadShape {
  std::int64_t batch = 0, time = 0, heads = 0, head_dim = 0;

  TRAINER_ROW std::int64_t tokens() const { return batch * time; }
  TRAINER_ROW std::int64_t width() const { return heads * head_dim; }
};

// x = lambda x + mu x0, and y = norm(x). The two scalars lie in the op set's memory.
template <class Value, class Master>
struct MixNorm {
  Matrix<Value> x, x0;        // (N, C) in
  const Master *lambda, *mu;  // one number each
  Matrix<Value> mixed, y;     // (N, C) out
  Master* inverse;            // (N) out: of the norm
};
template <class Value, class Master>
struct MixNormBackward {
  Matrix<Value> x, x0, y;  // (N, C) of the forward pass
  const Master* inverse;   // (N)
  const Master *lambda, *mu;
  Matrix<Value> dy;       // (N, C)
  Matrix<Value> dx;       // (N, C) in: d mixed without the norm's part; out: d x
  Matrix<Value> dx0;      // (N, C) added to
  Master *dlambda, *dmu;  // added to
};

// qkv (N, 3C) -> q, k, v (B, H, T, D): q and k are rotated, then normed; v gains gate * embedding.
template <class Value, class Master>
struct Heads {
  HeadShape shape;
  const Value *cosines, *sines;   // (T, D/2)
  Matrix<Value> qkv;              // (N, 3C): in, or the gradient out
  Value *q, *k, *v;               // (B, H, T, D): out; of the forward pass in backward
  Master *q_inverse, *k_inverse;  // (N, H) of the norms
  Value* gates = nullptr;         // (N, H); null: a layer without value embeddings
  const Token* tokens = nullptr;  // (N)
  Matrix<Value> embedding{};      // (V, C)
  Matrix<Value> gate_weight{};    // (H, 32)
  Matrix<Value> input{};          // (N, C): what the gates read the first channels of
};
template <class Value, class Master>
struct HeadsBackward {
  Value *dq, *dk, *dv;            // (B, H, T, D) in
  Matrix<Value> dqkv;             // (N, 3C) out
  Value* dgates = nullptr;        // (N, H) out: of the gates' logits
  Matrix<Master> dgate_weight{};  // (H, 32) added to
};

// Causal attention with a window: token i sees j with i - window <= j <= i. |q|, |k| = sqrt(D).
template <class Value, class Master>
struct Attention {
  HeadShape shape;
  std::int64_t window;
  const Value *q, *k, *v;  // (B, H, T, D)
  Matrix<Value> y;         // (N, C) out
  Master* log_sum;         // (B, H, T) out: log of the softmax's denominator
};
template <class Value>
struct AttentionBackward {
  Matrix<Value> dy;     // (N, C)
  Value *dq, *dk, *dv;  // (B, H, T, D) out
};

// Logits cap tanh(x W^T / cap) and their cross-entropy, without ever holding all of them.
template <class Value, class Master>
struct HeadLoss {
  Matrix<Value> x;       // (N, C)
  Matrix<Value> weight;  // (V, C)
  const Token* targets;  // (N); a negative one has loss 0
  Master* losses;        // (N) out, in nats
  double cap;
};
template <class Value, class Master>
struct HeadLossBackward {
  double scale;            // of each token's loss in the sum that is differentiated
  Matrix<Value> dx;        // (N, C) out
  Matrix<Master> dweight;  // (V, C) added to
};

// A matrix that Muon moves.
template <class Master>
struct MuonMatrix {
  Matrix<Master> parameter, gradient, momentum;
  Master* second;  // one number a row if rows >= columns, else one a column
};
struct MuonStep {
  double rate, momentum, decay, beta2;  // rate before the factor sqrt(max(1, rows / columns))
};

// Polar Express: X <- a X + (b A + c A^2) X drives the singular values of X towards 1.
// Source: Amsel et al., arXiv 2505.16932.
struct Polynomial {
  double a, b, c;
};
inline constexpr Polynomial kPolarExpress[] = {
    {8.156554524902461, -22.48329292557795, 15.878769915207462},
    {4.042929935166739, -2.808917465908714, 0.5000178451051316},
    {3.8916678022926607, -2.772484153217685, 0.5060648178503393},
    {3.285753657755655, -2.3681294933425376, 0.46449024233003106},
    {2.3465413258596377, -1.7097838382687081, 0.42323551169305323},
};

// clang-format off
template <class O>
concept OpSet = requires(O ops, typename O::Value* values, typename O::Master* masters,
                         Matrix<typename O::Value> m, Matrix<typename O::Master> g,
                         const Token* tokens, const typename O::TokenOrder& order,
                         typename O::Repeated repeated, std::int64_t n) {
  { ops.allocate(n) } -> std::same_as<void*>;      // zeroed bytes that live as long as the op set
  ops.wait();                                      // until everything that was asked is done
  ops.repeat(repeated, 0.0, [] {});                // does it; where it saves time, from a recording
  ops.zero(masters, n);
  ops.copy_in(masters, static_cast<const float*>(nullptr), n);   // from the host
  ops.copy_in(values, static_cast<const float*>(nullptr), n);
  ops.copy_in(static_cast<Token*>(nullptr), tokens, n);
  ops.copy_out(static_cast<float*>(nullptr), masters, n);        // to the host, and wait
  { ops.weights(masters, n) } -> std::same_as<typename O::Value*>;  // what ops multiply with

  { ops.sort_tokens(tokens, n, n) };               // once a batch, for the embeddings' gradients
  ops.embed_norm(tokens, m, m, masters);           // x0 = norm(wte[token]); inverse
  ops.embed_norm_backward(order, m, masters, m, g);
  ops.mix_norm(MixNorm<typename O::Value, typename O::Master>{});
  ops.mix_norm_backward(MixNormBackward<typename O::Value, typename O::Master>{});
  ops.norm(m, m, masters);                         // y = norm(x); inverse
  ops.norm_backward(m, masters, m, m, false);      // dx (+)= d norm
  ops.add(m, m);                                   // y += x
  ops.linear(m, m, m, false);                      // y (+)= x W^T
  ops.linear_relu_squared(m, m, m);                // a = relu(x W^T)^2
  ops.linear_backward_input(m, m, m);              // dx = dy W
  ops.linear_backward_relu_squared(m, m, m, m);    // dh = (dy W) 2 sqrt(a)
  ops.linear_backward_weight(m, m, g);             // dW += dy^T x
  ops.heads(Heads<typename O::Value, typename O::Master>{});
  ops.heads_backward(Heads<typename O::Value, typename O::Master>{},
                     HeadsBackward<typename O::Value, typename O::Master>{});
  ops.gate_input_backward(values, m, m);           // dx[:, :32] += dgates Wg
  ops.value_embedding_backward(order, Heads<typename O::Value, typename O::Master>{}, values, g);
  ops.attention(Attention<typename O::Value, typename O::Master>{});
  ops.attention_backward(Attention<typename O::Value, typename O::Master>{},
                         AttentionBackward<typename O::Value>{});
  ops.head_losses(HeadLoss<typename O::Value, typename O::Master>{});
  ops.head_losses_backward(HeadLoss<typename O::Value, typename O::Master>{},
                           HeadLossBackward<typename O::Value, typename O::Master>{});
  { ops.sum(masters, n) } -> std::same_as<double>; // in a fixed order
  { ops.not_finite(values, n) } -> std::same_as<std::int64_t>;   // how many of them are not
  { ops.not_finite(masters, n) } -> std::same_as<std::int64_t>;
  ops.adam(AdamStep{}, g, masters, masters, masters);  // parameter, gradient, moments
  ops.muon(std::span<const MuonMatrix<typename O::Master>>{}, MuonStep{});
};
// clang-format on

}  // namespace trainer
