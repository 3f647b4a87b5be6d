// qkv (N, 3C) to q, k, v (B, H, T, D) and back: rotation, norms, value gates. A warp for each head
// of a token, two channels a lane. The formulas are in ops/rows.h.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kPairsMax = 4;  // of two channels that a lane holds: head_dim up to 512

struct HeadAt {
  std::int64_t n, h, index;           // index = n H + h
  std::int64_t packed, split, angle;  // in qkv, in q, in the angles
};
__device__ __forceinline__ HeadAt head_at(const HeadShape& shape, std::int64_t index) {
  const std::int64_t n = index / shape.heads;
  const std::int64_t h = index % shape.heads;
  const std::int64_t b = n / shape.time;
  const std::int64_t t = n % shape.time;
  return {n,
          h,
          index,
          n * 3 * shape.width() + h * shape.head_dim,
          ((b * shape.heads + h) * shape.time + t) * shape.head_dim,
          t * shape.head_dim / 2};
}

__device__ __forceinline__ void read2(const Bfloat16* from, float (&x)[2]) {
  const Two two = *reinterpret_cast<const Two*>(from);
  x[0] = to_float(two.x[0]);
  x[1] = to_float(two.x[1]);
}
__device__ __forceinline__ void write2(Bfloat16* to, float first, float second) {
  *reinterpret_cast<Two*>(to) = {{to_bfloat16(first), to_bfloat16(second)}};
}

struct Angles {
  const Bfloat16 *cosines, *sines;
  std::int64_t half;  // D / 2, a multiple of 2
};

// y = norm(rotate(x)); all lanes return the norm's inverse.
__device__ __forceinline__ float rotate_norm(const Bfloat16* x, const Angles& angles, Bfloat16* y) {
  float first[kPairsMax][2];
  float second[kPairsMax][2];
  float squares = 0;
#pragma unroll
  for (int p = 0; p < kPairsMax; ++p) {
    const std::int64_t j = 2 * (lane_index() + p * kWarp);
    if (j >= angles.half) break;
    float a[2];
    float b[2];
    float c[2];
    float s[2];
    read2(x + j, a);
    read2(x + j + angles.half, b);
    read2(angles.cosines + j, c);
    read2(angles.sines + j, s);
    for (int i = 0; i < 2; ++i) {
      first[p][i] = rotate_first(a[i], b[i], c[i], s[i]);
      second[p][i] = rotate_second(a[i], b[i], c[i], s[i]);
      squares += first[p][i] * first[p][i] + second[p][i] * second[p][i];
    }
  }
  const float inverse = inverse_rms(warp_sum(squares), 2 * angles.half);
#pragma unroll
  for (int p = 0; p < kPairsMax; ++p) {
    const std::int64_t j = 2 * (lane_index() + p * kWarp);
    if (j >= angles.half) break;
    write2(y + j, first[p][0] * inverse, first[p][1] * inverse);
    write2(y + j + angles.half, second[p][0] * inverse, second[p][1] * inverse);
  }
  return inverse;
}

// The gradient goes back through the norm and then turns the other way.
__device__ __forceinline__ void rotate_norm_backward(const Bfloat16* y, float inverse,
                                                     const Angles& angles, const Bfloat16* dy,
                                                     Bfloat16* dx) {
  float mean = 0;
  for (std::int64_t j = 2 * lane_index(); j < 2 * angles.half; j += 2 * kWarp) {
    float a[2];
    float b[2];
    read2(y + j, a);
    read2(dy + j, b);
    mean += a[0] * b[0] + a[1] * b[1];
  }
  mean = warp_sum(mean) / static_cast<float>(2 * angles.half);
  for (std::int64_t j = 2 * lane_index(); j < angles.half; j += 2 * kWarp) {
    float y1[2];
    float y2[2];
    float d1[2];
    float d2[2];
    float c[2];
    float s[2];
    read2(y + j, y1);
    read2(y + j + angles.half, y2);
    read2(dy + j, d1);
    read2(dy + j + angles.half, d2);
    read2(angles.cosines + j, c);
    read2(angles.sines + j, s);
    float first[2];
    float second[2];
    for (int i = 0; i < 2; ++i) {
      const float a = norm_gradient(y1[i], d1[i], mean, inverse);
      const float b = norm_gradient(y2[i], d2[i], mean, inverse);
      first[i] = rotate_first(a, b, c[i], -s[i]);
      second[i] = rotate_second(a, b, c[i], -s[i]);
    }
    write2(dx + j, first[0], first[1]);
    write2(dx + j + angles.half, second[0], second[1]);
  }
}

// v += gate * embedding, gate = 2 sigmoid(input[:32] gate_weight[h]). <<<N H / 8, 256>>>
__global__ void heads_kernel(Heads<Bfloat16, float> op) {
  const std::int64_t index = warp_index();
  if (index >= op.shape.tokens() * op.shape.heads) return;
  const HeadAt at = head_at(op.shape, index);
  const std::int64_t width = op.shape.width();
  const Angles angles = {op.cosines + at.angle, op.sines + at.angle, op.shape.head_dim / 2};
  const Bfloat16* x = op.qkv.data + at.packed;
  const float q_inverse = rotate_norm(x, angles, op.q + at.split);
  const float k_inverse = rotate_norm(x + width, angles, op.k + at.split);
  if (lane_index() == 0) {
    op.q_inverse[at.index] = q_inverse;
    op.k_inverse[at.index] = k_inverse;
  }
  float gate = 0;
  if (op.gates != nullptr) {
    const float input = to_float(op.input.data[at.n * width + lane_index()]);
    const float weight = to_float(op.gate_weight.data[at.h * kGateChannels + lane_index()]);
    gate = value_gate(warp_sum(input * weight));
    if (lane_index() == 0) op.gates[at.index] = to_bfloat16(gate);
  }
  for (std::int64_t j = 2 * lane_index(); j < op.shape.head_dim; j += 2 * kWarp) {
    float v[2];
    read2(x + 2 * width + j, v);
    if (op.gates != nullptr) {
      float embedding[2];
      read2(op.embedding.data + op.tokens[at.n] * width + at.h * op.shape.head_dim + j, embedding);
      for (int i = 0; i < 2; ++i) v[i] += gate * embedding[i];
    }
    write2(op.v + at.split + j, v[0], v[1]);
  }
}

// dqkv, and dgates = (dv embedding) gate (1 - gate / 2). <<<N H / 8, 256>>>
__global__ void heads_backward_kernel(Heads<Bfloat16, float> op,
                                      HeadsBackward<Bfloat16, float> gradient) {
  const std::int64_t index = warp_index();
  if (index >= op.shape.tokens() * op.shape.heads) return;
  const HeadAt at = head_at(op.shape, index);
  const std::int64_t width = op.shape.width();
  const Angles angles = {op.cosines + at.angle, op.sines + at.angle, op.shape.head_dim / 2};
  Bfloat16* dx = gradient.dqkv.data + at.packed;
  rotate_norm_backward(op.q + at.split, op.q_inverse[index], angles, gradient.dq + at.split, dx);
  rotate_norm_backward(op.k + at.split, op.k_inverse[index], angles, gradient.dk + at.split,
                       dx + width);
  float dgate = 0;
  for (std::int64_t j = 2 * lane_index(); j < op.shape.head_dim; j += 2 * kWarp) {
    float dv[2];
    read2(gradient.dv + at.split + j, dv);
    write2(dx + 2 * width + j, dv[0], dv[1]);
    if (op.gates == nullptr) continue;
    float embedding[2];
    read2(op.embedding.data + op.tokens[at.n] * width + at.h * op.shape.head_dim + j, embedding);
    dgate += dv[0] * embedding[0] + dv[1] * embedding[1];
  }
  if (op.gates == nullptr) return;
  dgate = warp_sum(dgate) * value_gate_slope(to_float(op.gates[index]));
  if (lane_index() == 0) gradient.dgates[index] = to_bfloat16(dgate);
}

// partial[block][h][c] = sum over the block's tokens of dgates[n][h] input[n][c], a lane for each
// of the 32 channels. <<<kGateBlocks, 256>>>
__global__ void gate_partial_kernel(Heads<Bfloat16, float> op, const Bfloat16* dgates,
                                    float* partial) {
  const std::int64_t heads = op.shape.heads;
  const std::int64_t share = blocks_of(op.shape.tokens(), kGateBlocks);
  const std::int64_t begin = blockIdx.x * share;
  const std::int64_t end = begin + share < op.shape.tokens() ? begin + share : op.shape.tokens();
  for (std::int64_t h = static_cast<int>(threadIdx.x) / kWarp; h < heads; h += kRowsPerBlock) {
    float sum = 0;
    for (std::int64_t n = begin; n < end; ++n) {
      sum += to_float(dgates[n * heads + h]) *
             to_float(op.input.data[n * op.shape.width() + lane_index()]);
    }
    partial[(blockIdx.x * heads + h) * kGateChannels + lane_index()] = sum;
  }
}

// dgate_weight (H, 32) += sum of partial over the blocks. <<<H, 32>>>
__global__ void gate_sum_kernel(const float* partial, Masters dgate_weight) {
  const std::int64_t at = blockIdx.x * kGateChannels + threadIdx.x;
  float sum = 0;
  for (std::int64_t block = 0; block < kGateBlocks; ++block) {
    sum += partial[block * dgate_weight.size() + at];
  }
  dgate_weight.data[at] += sum;
}

// dx[:, :32] += dgates gate_weight. dx (N, C), dgates (N, H). <<<N / 8, 256>>>
__global__ void gate_input_kernel(const Bfloat16* dgates, Values gate_weight, Values dx) {
  const std::int64_t n = warp_index();
  if (n >= dx.rows) return;
  Bfloat16* const to = dx.data + n * dx.columns + lane_index();
  float sum = to_float(*to);
  for (std::int64_t h = 0; h < gate_weight.rows; ++h) {
    sum += to_float(dgates[n * gate_weight.rows + h]) *
           to_float(gate_weight.data[h * kGateChannels + lane_index()]);
  }
  *to = to_bfloat16(sum);
}

}  // namespace

void heads(Stream stream, const Heads<Bfloat16, float>& op) {
  const std::int64_t warps = op.shape.tokens() * op.shape.heads;
  launch(stream, "heads", {blocks_of(warps, kRowsPerBlock), kRowThreads}, heads_kernel, op);
}

void heads_backward(Stream stream, const Heads<Bfloat16, float>& op,
                    const HeadsBackward<Bfloat16, float>& gradient) {
  const std::int64_t warps = op.shape.tokens() * op.shape.heads;
  launch(stream, "heads_backward", {blocks_of(warps, kRowsPerBlock), kRowThreads},
         heads_backward_kernel, op, gradient);
}

void gate_weight_backward(Stream stream, const Heads<Bfloat16, float>& op,
                          const HeadsBackward<Bfloat16, float>& gradient, float* partial) {
  launch(stream, "gate_partial", {kGateBlocks, kRowThreads}, gate_partial_kernel, op,
         gradient.dgates, partial);
  launch(stream, "gate_sum", {op.shape.heads, kWarp}, gate_sum_kernel, partial,
         gradient.dgate_weight);
}

void gate_input_backward(Stream stream, const Bfloat16* dgates, Values gate_weight, Values dx) {
  launch(stream, "gate_input", {blocks_of(dx.rows, kRowsPerBlock), kRowThreads}, gate_input_kernel,
         dgates, gate_weight, dx);
}

}  // namespace trainer::cuda
