// The kernels as functions: each launches its own on a stream, and stands in the .cu file of its
// name with its formula. Pointers are the device's. C++20: device code includes it.
#pragma once
#include <cstdint>
#include <span>

#include "trainer/ops/cuda/bfloat16.h"
#include "trainer/ops/ops.h"

struct CUstream_st;

namespace trainer::cuda {

// Where kernels go. While planning nothing is launched: only memory is counted.
struct Stream {
  CUstream_st* handle = nullptr;
  bool is_planning = false;
  bool is_hopper = false;  // it has warpgroups
};

// A one-dimensional grid.
struct Launch {
  std::int64_t blocks;
  int threads;
  std::int64_t shared_bytes = 0;  // of the kind that is given at the launch
};

using Values = Matrix<Bfloat16>;
using Masters = Matrix<float>;

// rows.cu. Columns are a multiple of 8.
void norm(Stream stream, Values x, Values y, float* inverse);
void norm_backward(Stream stream, const MixNormBackward<Bfloat16, float>& op, bool add);  // y, dy..
void embed_norm(Stream stream, const Token* tokens, Values table, Values y, float* inverse);
void mix_norm(Stream stream, const MixNorm<Bfloat16, float>& op);
// Blocks that share the rows: a function of their number alone, as the order of the sums is.
TRAINER_ROW constexpr std::int64_t mix_blocks(std::int64_t rows) {
  return rows < 4096 ? (rows + 7) / 8 : 512;
}
void mix_norm_backward(Stream stream, const MixNormBackward<Bfloat16, float>& op,
                       float* partial);                            // (2, mix_blocks)
void row_means(Stream stream, Values y, Values dy, float* means);  // (N): mean of y dy

// elements.cu. Any size; arrays begin at a multiple of 16 bytes.
void add(Stream stream, const Bfloat16* x, Bfloat16* y, std::int64_t n);
void to_values(Stream stream, const float* from, Bfloat16* to, std::int64_t n);
void relu_squared(Stream stream, Bfloat16* x, std::int64_t n);  // in place
void relu_squared_slope(Stream stream, const Bfloat16* a, Bfloat16* dh, std::int64_t n);  // dh *=
void total(Stream stream, const float* x, std::int64_t n, double* sum);
void not_finite(Stream stream, const float* x, std::int64_t n, std::int32_t* count);  // count +=
void not_finite(Stream stream, const Bfloat16* x, std::int64_t n, std::int32_t* count);
struct AdamArrays {
  float* parameter;
  const float* gradient;
  float *mean, *square;
  std::int64_t n;
};
void adam(Stream stream, const AdamStep& step, const AdamArrays& arrays);

// heads.cu: head_dim 64 or 128.
void heads(Stream stream, const Heads<Bfloat16, float>& op);
void heads_backward(Stream stream, const Heads<Bfloat16, float>& op,
                    const HeadsBackward<Bfloat16, float>& gradient);
inline constexpr std::int64_t kGateBlocks = 1024;
void gate_weight_backward(Stream stream, const Heads<Bfloat16, float>& op,
                          const HeadsBackward<Bfloat16, float>& gradient,
                          float* partial);  // (kGateBlocks, H, 32)
void gate_input_backward(Stream stream, const Bfloat16* dgates, Values gate_weight, Values dx);

// attention_forward.cu, attention_backward.cu, for Hopper hopper_forward.cu, hopper_backward.cu:
// head_dim 64 or 128.
constexpr bool has_attention(std::int64_t head_dim) { return head_dim == 64 || head_dim == 128; }
void attention(Stream stream, const Attention<Bfloat16, float>& op);
void attention_backward(Stream stream, const Attention<Bfloat16, float>& op,
                        const AttentionBackward<Bfloat16>& gradient, float* delta);  // (B, H, T)
void hopper_attention(Stream stream, const Attention<Bfloat16, float>& op);
struct AttentionGradients {
  const Bfloat16* dy;
  Bfloat16 *dq, *dk, *dv;
  float* delta;
};
void hopper_attention_backward(Stream stream, const Attention<Bfloat16, float>& op,
                               const AttentionGradients& gradients);  // delta is there

// loss.cu: logits (rows, V) to losses and, where they are bfloat16, in place to their gradient. V
// is a multiple of 8.
struct LossRows {
  std::int64_t rows, vocabulary;
  const Token* targets;
  float* losses;
  float cap, scale;
};
void loss_rows(Stream stream, const LossRows& op, const float* logits);
void loss_rows_backward(Stream stream, const LossRows& op, Bfloat16* logits);

// token_order.cu: a batch's positions by token: positions[starts[v]..starts[v + 1]) hold v.
struct TokenOrder {
  std::int64_t n = 0, vocabulary = 0;
  std::int32_t* positions = nullptr;  // (n)
  std::int32_t* starts = nullptr;     // (V + 1)
};
inline constexpr std::int64_t kOrderShare = 2048;  // positions that one thread puts in order
void order_tokens(Stream stream, const Token* tokens, const TokenOrder& order,
                  std::int32_t* counts);  // (shares, V)

// segments.cu: rows of the gradient by token, in the order of the positions.
inline constexpr std::int64_t kTile = 32;  // positions that one block sums
struct EmbedGradient {
  Values y, dy;          // (N, C)
  const float* inverse;  // (N)
  const float* means;    // (N), of row_means
};
struct ValueGradient {
  HeadShape shape;
  const Bfloat16 *dv, *gates;  // (B, H, T, D), (N, H)
};
// partial (tiles, 2, C)
void sum_segments(Stream stream, const TokenOrder& order, const EmbedGradient& rows,
                  Masters gradient, float* partial);
void sum_segments(Stream stream, const TokenOrder& order, const ValueGradient& rows,
                  Masters gradient, float* partial);

// muon.cu: what is not a product. Matrices of one shape, kMuonBatch at most.
inline constexpr std::int64_t kMuonBatch = 64;
// Blocks that share one matrix.
TRAINER_ROW constexpr std::int64_t muon_parts(std::int64_t size) {
  return size < 1 << 18 ? (size + 4095) / 4096 : 64;
}
struct MuonBatch {
  MuonMatrix<float> matrices[kMuonBatch];
  std::int64_t count = 0;

  TRAINER_ROW std::int64_t rows() const { return matrices[0].parameter.rows; }
  TRAINER_ROW std::int64_t columns() const { return matrices[0].parameter.columns; }
  TRAINER_ROW std::int64_t size() const { return rows() * columns(); }
};
struct MuonScratch {
  float* update;   // (count, rows, columns)
  float* partial;  // (count, muon_parts)
  float* means;    // (count, max(rows, columns))
  Bfloat16* x;     // (count, rows, columns)
};
void muon_begin(Stream stream, const MuonBatch& batch, float momentum, const MuonScratch& scratch);
void muon_end(Stream stream, const MuonBatch& batch, const MuonStep& step,
              const MuonScratch& scratch);

}  // namespace trainer::cuda
