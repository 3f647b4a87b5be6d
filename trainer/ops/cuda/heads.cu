// qkv (N, 3C) to q, k, v (B, H, T, D) and back: rotation, norms, value gates. D / 16 neighbouring
// lanes share a head of a token; each has eight channels of the first half and the eight of the
// second that turn with them. The formulas are in ops/rows.h.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

template <int D>
inline constexpr int kLanes = D / 16;
template <int D>
inline constexpr int kChannels =
    kGateChannels / kLanes<D>;  // of the gate's input that a lane reads

template <int D>
__device__ __forceinline__ float head_sum(float x) {
#pragma unroll
  for (int step = kLanes<D> / 2; step > 0; step /= 2) x += __shfl_xor_sync(kAllLanes, x, step);
  return x;
}

// A lane's channels of one head of one token.
template <int D>
struct HeadAt {
  bool is_there;
  std::int64_t n, h, index;           // index = n H + h
  std::int64_t packed, split, angle;  // in qkv, in q, in the angles
  int lane, channel;

  __device__ __forceinline__ explicit HeadAt(const HeadShape& shape) {
    const auto heads = static_cast<unsigned>(shape.heads);
    const auto time = static_cast<unsigned>(shape.time);
    const auto last = static_cast<unsigned>(shape.tokens() * shape.heads) - 1;
    const auto asked = static_cast<unsigned>(thread_index() / kLanes<D>);
    is_there = asked <= last;  // all lanes take part in the sums
    const unsigned place = is_there ? asked : last;
    const unsigned token = place / heads;
    index = place;
    n = token;
    h = place % heads;
    lane = static_cast<int>(threadIdx.x) % kLanes<D>;
    channel = 8 * lane;
    packed = n * 3 * shape.width() + h * D + channel;
    split = ((token / time * shape.heads + h) * shape.time + token % time) * D + channel;
    angle = token % time * (D / 2) + channel;
  }
};

struct Halves {
  float first[8], second[8];
};
template <int D>
__device__ __forceinline__ Halves read_halves(const Bfloat16* from) {
  Halves x;
  read8(from, x.first);
  read8(from + D / 2, x.second);
  return x;
}
template <int D>
__device__ __forceinline__ void write_halves(Bfloat16* to, const Halves& x) {
  write8(to, x.first);
  write8(to + D / 2, x.second);
}

// y = norm(rotate(x)); all lanes return the norm's inverse.
template <int D>
__device__ __forceinline__ float rotate_norm(const Bfloat16* from, const float (&c)[8],
                                             const float (&s)[8], Bfloat16* to, bool is_there) {
  const Halves x = read_halves<D>(from);
  Halves y;
  float squares = 0;
  for (int i = 0; i < 8; ++i) {
    y.first[i] = rotate_first(x.first[i], x.second[i], c[i], s[i]);
    y.second[i] = rotate_second(x.first[i], x.second[i], c[i], s[i]);
    squares += y.first[i] * y.first[i] + y.second[i] * y.second[i];
  }
  const float inverse = inverse_rms(head_sum<D>(squares), std::int64_t{D});
  for (int i = 0; i < 8; ++i) {
    y.first[i] *= inverse;
    y.second[i] *= inverse;
  }
  if (is_there) write_halves<D>(to, y);
  return inverse;
}

// The gradient goes back through the norm and then turns the other way.
template <int D>
__device__ __forceinline__ Halves rotate_norm_backward(const Bfloat16* of_y, float inverse,
                                                       const float (&c)[8], const float (&s)[8],
                                                       const Bfloat16* of_dy) {
  const Halves y = read_halves<D>(of_y);
  const Halves dy = read_halves<D>(of_dy);
  float sum = 0;
  for (int i = 0; i < 8; ++i) sum += y.first[i] * dy.first[i] + y.second[i] * dy.second[i];
  const float mean = head_sum<D>(sum) / D;
  Halves dx;
  for (int i = 0; i < 8; ++i) {
    const float a = norm_gradient(y.first[i], dy.first[i], mean, inverse);
    const float b = norm_gradient(y.second[i], dy.second[i], mean, inverse);
    dx.first[i] = rotate_first(a, b, c[i], -s[i]);
    dx.second[i] = rotate_second(a, b, c[i], -s[i]);
  }
  return dx;
}

// v += gate * embedding, gate = 2 sigmoid(input[:32] gate_weight[h]). <<<N H D / 16 / 256, 256>>>
template <int D>
__global__ void heads_kernel(Heads<Bfloat16, float> op) {
  const HeadAt<D> at(op.shape);
  const std::int64_t width = op.shape.width();
  float c[8];
  float s[8];
  read8(op.cosines + at.angle, c);
  read8(op.sines + at.angle, s);
  const Bfloat16* const x = op.qkv.data + at.packed;
  const float q_inverse = rotate_norm<D>(x, c, s, op.q + at.split, at.is_there);
  const float k_inverse = rotate_norm<D>(x + width, c, s, op.k + at.split, at.is_there);
  if (at.lane == 0 && at.is_there) {
    op.q_inverse[at.index] = q_inverse;
    op.k_inverse[at.index] = k_inverse;
  }
  Halves v = read_halves<D>(x + 2 * width);
  if (op.gates != nullptr) {
    float sum = 0;
    for (int i = 0; i < kChannels<D>; ++i) {
      const int channel = at.lane * kChannels<D> + i;
      sum += to_float(op.input.data[at.n * width + channel]) *
             to_float(op.gate_weight.data[at.h * kGateChannels + channel]);
    }
    const float gate = value_gate(head_sum<D>(sum));
    if (at.lane == 0 && at.is_there) op.gates[at.index] = to_bfloat16(gate);
    const Halves embedding =
        read_halves<D>(op.embedding.data + op.tokens[at.n] * width + at.h * D + at.channel);
    for (int i = 0; i < 8; ++i) {
      v.first[i] += gate * embedding.first[i];
      v.second[i] += gate * embedding.second[i];
    }
  }
  if (at.is_there) write_halves<D>(op.v + at.split, v);
}

// dqkv, and dgates = (dv embedding) gate (1 - gate / 2). <<<N H D / 16 / 256, 256>>>
template <int D>
__global__ void heads_backward_kernel(Heads<Bfloat16, float> op,
                                      HeadsBackward<Bfloat16, float> gradient) {
  const HeadAt<D> at(op.shape);
  const std::int64_t width = op.shape.width();
  float c[8];
  float s[8];
  read8(op.cosines + at.angle, c);
  read8(op.sines + at.angle, s);
  const Halves dq = rotate_norm_backward<D>(op.q + at.split, op.q_inverse[at.index], c, s,
                                            gradient.dq + at.split);
  const Halves dk = rotate_norm_backward<D>(op.k + at.split, op.k_inverse[at.index], c, s,
                                            gradient.dk + at.split);
  const Halves dv = read_halves<D>(gradient.dv + at.split);
  if (at.is_there) {
    Bfloat16* const dx = gradient.dqkv.data + at.packed;
    write_halves<D>(dx, dq);
    write_halves<D>(dx + width, dk);
    write_halves<D>(dx + 2 * width, dv);
  }
  if (op.gates == nullptr) return;
  const Halves embedding =
      read_halves<D>(op.embedding.data + op.tokens[at.n] * width + at.h * D + at.channel);
  float sum = 0;
  for (int i = 0; i < 8; ++i) {
    sum += dv.first[i] * embedding.first[i] + dv.second[i] * embedding.second[i];
  }
  const float dgate = head_sum<D>(sum) * value_gate_slope(to_float(op.gates[at.index]));
  if (at.lane == 0 && at.is_there) gradient.dgates[at.index] = to_bfloat16(dgate);
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

Launch by_heads(const HeadShape& shape) {
  const std::int64_t threads = shape.tokens() * shape.heads * shape.head_dim / 16;
  return {blocks_of(threads, kRowThreads), kRowThreads};
}

}  // namespace

void heads(Stream stream, const Heads<Bfloat16, float>& op) {
  const Launch shape = by_heads(op.shape);
  op.shape.head_dim == 64 ? launch(stream, "heads", shape, heads_kernel<64>, op)
                          : launch(stream, "heads", shape, heads_kernel<128>, op);
}

void heads_backward(Stream stream, const Heads<Bfloat16, float>& op,
                    const HeadsBackward<Bfloat16, float>& gradient) {
  const Launch shape = by_heads(op.shape);
  op.shape.head_dim == 64
      ? launch(stream, "heads_backward", shape, heads_backward_kernel<64>, op, gradient)
      : launch(stream, "heads_backward", shape, heads_backward_kernel<128>, op, gradient);
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
