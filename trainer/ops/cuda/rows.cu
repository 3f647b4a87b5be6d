// Norms and mixing: a warp for each row, eight columns a lane. Memory-bound: each pass over (N, C)
// costs its bytes. The formulas are in ops/rows.h.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr std::int64_t kStride = 8 * kWarp;

// y = x inverse, inverse = 1 / sqrt(mean(x^2) + epsilon). x, y (N, C); inverse (N).
// <<<N / 8, 256>>>
template <class Row>
__device__ __forceinline__ void norm_row(const Row& row, Bfloat16* y, std::int64_t columns,
                                         float* inverse) {
  float squares = 0;
  for (std::int64_t c = 8 * lane_index(); c < columns; c += kStride) {
    float x[8];
    row(c, x);
    for (int i = 0; i < 8; ++i) squares += x[i] * x[i];
  }
  const float factor = inverse_rms(warp_sum(squares), columns);
  for (std::int64_t c = 8 * lane_index(); c < columns; c += kStride) {
    float x[8];
    row(c, x);
    Eight out;
    for (int i = 0; i < 8; ++i) out.x[i] = to_bfloat16(x[i] * factor);
    store8(y + c, out);
  }
  if (lane_index() == 0) *inverse = factor;
}

__global__ void norm_kernel(Values x, Values y, float* inverse) {
  const std::int64_t n = warp_index();
  if (n >= x.rows) return;
  const Bfloat16* from = x.data + n * x.columns;
  norm_row([=](std::int64_t c, float(&out)[8]) { read8(from + c, out); }, y.data + n * x.columns,
           x.columns, inverse + n);
}

// table (V, C), y (N, C). <<<N / 8, 256>>>
__global__ void embed_norm_kernel(const Token* tokens, Values table, Values y, float* inverse) {
  const std::int64_t n = warp_index();
  if (n >= y.rows) return;
  const Bfloat16* from = table.data + tokens[n] * table.columns;
  norm_row([=](std::int64_t c, float(&out)[8]) { read8(from + c, out); }, y.data + n * y.columns,
           y.columns, inverse + n);
}

// mixed = lambda x + mu x0, y = norm(mixed). All (N, C). <<<N / 8, 256>>>
__global__ void mix_norm_kernel(MixNorm<Bfloat16, float> op) {
  const std::int64_t n = warp_index();
  if (n >= op.x.rows) return;
  const std::int64_t columns = op.x.columns;
  const std::int64_t at = n * columns;
  const float lambda = *op.lambda;
  const float mu = *op.mu;
  const auto mixed = [=](std::int64_t c, float(&out)[8]) {
    float x[8];
    float x0[8];
    read8(op.x.data + at + c, x);
    read8(op.x0.data + at + c, x0);
    for (int i = 0; i < 8; ++i) out[i] = lambda * x[i] + mu * x0[i];
  };
  norm_row(mixed, op.y.data + at, columns, op.inverse + n);
  for (std::int64_t c = 8 * lane_index(); c < columns; c += kStride) {
    float x[8];
    mixed(c, x);
    Eight out;
    for (int i = 0; i < 8; ++i) out.x[i] = to_bfloat16(x[i]);
    store8(op.mixed.data + at + c, out);
  }
}

__device__ __forceinline__ float row_mean(const Bfloat16* y, const Bfloat16* dy,
                                          std::int64_t columns) {
  float sum = 0;
  for (std::int64_t c = 8 * lane_index(); c < columns; c += kStride) {
    float a[8];
    float b[8];
    read8(y + c, a);
    read8(dy + c, b);
    for (int i = 0; i < 8; ++i) sum += a[i] * b[i];
  }
  return warp_sum(sum) / static_cast<float>(columns);
}

__global__ void row_means_kernel(Values y, Values dy, float* means) {
  const std::int64_t n = warp_index();
  if (n >= y.rows) return;
  const float mean = row_mean(y.data + n * y.columns, dy.data + n * y.columns, y.columns);
  if (lane_index() == 0) means[n] = mean;
}

// dx (+)= inverse (dy - y mean(y dy)). y, dy, dx (N, C). <<<N / 8, 256>>>
__global__ void norm_backward_kernel(MixNormBackward<Bfloat16, float> op, bool add) {
  const std::int64_t n = warp_index();
  if (n >= op.y.rows) return;
  const std::int64_t columns = op.y.columns;
  const std::int64_t at = n * columns;
  const float mean = row_mean(op.y.data + at, op.dy.data + at, columns);
  const float inverse = op.inverse[n];
  for (std::int64_t c = 8 * lane_index(); c < columns; c += kStride) {
    float y[8];
    float dy[8];
    float dx[8] = {};
    read8(op.y.data + at + c, y);
    read8(op.dy.data + at + c, dy);
    if (add) read8(op.dx.data + at + c, dx);
    Eight out;
    for (int i = 0; i < 8; ++i) {
      out.x[i] = to_bfloat16(dx[i] + norm_gradient(y[i], dy[i], mean, inverse));
    }
    store8(op.dx.data + at + c, out);
  }
}

// g = dx + the norm's gradient; dlambda += sum g x, dmu += sum g x0, dx0 += mu g, dx = lambda g.
// All (N, C). Each warp takes every (8 mix_blocks)-th row, so the sums have one order.
// <<<mix_blocks, 256>>>
__global__ void mix_norm_backward_kernel(MixNormBackward<Bfloat16, float> op, float* partial) {
  const std::int64_t columns = op.y.columns;
  const float lambda = *op.lambda;
  const float mu = *op.mu;
  float by_lambda = 0;
  float by_mu = 0;
  for (std::int64_t n = warp_index(); n < op.y.rows; n += mix_blocks(op.y.rows) * kRowsPerBlock) {
    const std::int64_t at = n * columns;
    const float mean = row_mean(op.y.data + at, op.dy.data + at, columns);
    const float inverse = op.inverse[n];
    for (std::int64_t c = 8 * lane_index(); c < columns; c += kStride) {
      const Eight y = load8(op.y.data + at + c);
      const Eight dy = load8(op.dy.data + at + c);
      const Eight x = load8(op.x.data + at + c);
      const Eight x0 = load8(op.x0.data + at + c);
      Eight dx = load8(op.dx.data + at + c);
      Eight dx0 = load8(op.dx0.data + at + c);
      for (int i = 0; i < 8; ++i) {
        const float g =
            to_float(dx.x[i]) + norm_gradient(to_float(y.x[i]), to_float(dy.x[i]), mean, inverse);
        by_lambda += g * to_float(x.x[i]);
        by_mu += g * to_float(x0.x[i]);
        dx0.x[i] = to_bfloat16(to_float(dx0.x[i]) + mu * g);
        dx.x[i] = to_bfloat16(lambda * g);
      }
      store8(op.dx.data + at + c, dx);
      store8(op.dx0.data + at + c, dx0);
    }
  }
  by_lambda = block_sum(by_lambda);
  by_mu = block_sum(by_mu);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = by_lambda;
    partial[mix_blocks(op.y.rows) + blockIdx.x] = by_mu;
  }
}

// *to[k] += sum of partial[k][0..blocks). <<<2, 256>>>
__global__ void add_partial_kernel(const float* partial, std::int64_t blocks, float* dlambda,
                                   float* dmu) {
  const float* from = partial + blockIdx.x * blocks;
  float sum = 0;
  for (std::int64_t i = threadIdx.x; i < blocks; i += kRowThreads) sum += from[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) *(blockIdx.x == 0 ? dlambda : dmu) += sum;
}

Launch by_rows(std::int64_t rows) { return {blocks_of(rows, kRowsPerBlock), kRowThreads}; }

}  // namespace

void norm(Stream stream, Values x, Values y, float* inverse) {
  launch(stream, "norm", by_rows(x.rows), norm_kernel, x, y, inverse);
}

void embed_norm(Stream stream, const Token* tokens, Values table, Values y, float* inverse) {
  launch(stream, "embed_norm", by_rows(y.rows), embed_norm_kernel, tokens, table, y, inverse);
}

void mix_norm(Stream stream, const MixNorm<Bfloat16, float>& op) {
  launch(stream, "mix_norm", by_rows(op.x.rows), mix_norm_kernel, op);
}

void row_means(Stream stream, Values y, Values dy, float* means) {
  launch(stream, "row_means", by_rows(y.rows), row_means_kernel, y, dy, means);
}

void norm_backward(Stream stream, const MixNormBackward<Bfloat16, float>& op, bool add) {
  launch(stream, "norm_backward", by_rows(op.y.rows), norm_backward_kernel, op, add);
}

void mix_norm_backward(Stream stream, const MixNormBackward<Bfloat16, float>& op, float* partial) {
  launch(stream, "mix_norm_backward", {mix_blocks(op.y.rows), kRowThreads},
         mix_norm_backward_kernel, op, partial);
  launch(stream, "add_partial", {2, kRowThreads}, add_partial_kernel, partial,
         mix_blocks(op.y.rows), op.dlambda, op.dmu);
}

}  // namespace trainer::cuda
