// Muon but for its products: momentum, the norm before them, and the step after them. A batch of
// matrices of one shape. Sources: Jordan et al., "Muon", 2024; NorMuon: Li et al., arXiv
// 2510.05491.
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {
namespace {

constexpr int kThreads = 256;

// momentum += (g - momentum)(1 - m), update = g + (momentum - g) m; partial: its squares.
// <<<count * muon_parts, 256>>>
__global__ void momentum_kernel(MuonBatch batch, float m, MuonScratch scratch) {
  const std::int64_t parts = muon_parts(batch.size());
  const std::int64_t index = blockIdx.x / parts;
  const MuonMatrix<float>& matrix = batch.matrices[index];
  const std::int64_t size = batch.size();
  float squares = 0;
  for (std::int64_t i = (blockIdx.x % parts) * kThreads + threadIdx.x; i < size;
       i += parts * kThreads) {
    const float g = matrix.gradient.data[i];
    const float momentum = matrix.momentum.data[i] + (g - matrix.momentum.data[i]) * (1 - m);
    const float update = g + (momentum - g) * m;
    matrix.momentum.data[i] = momentum;
    scratch.update[index * size + i] = update;
    squares += update * update;
  }
  squares = block_sum(squares);
  if (threadIdx.x == 0) scratch.partial[blockIdx.x] = squares;
}

// x = update / (1.02 |update| + 1e-6). <<<count * muon_parts, 256>>>
__global__ void scale_kernel(MuonBatch batch, MuonScratch scratch) {
  const std::int64_t parts = muon_parts(batch.size());
  const std::int64_t index = blockIdx.x / parts;
  const std::int64_t size = batch.size();
  float squares = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    squares += scratch.partial[index * parts + part];
  }
  const float factor = 1 / (sqrtf(squares) * 1.02F + 1e-6F);
  for (std::int64_t i = (blockIdx.x % parts) * kThreads + threadIdx.x; i < size;
       i += parts * kThreads) {
    scratch.x[index * size + i] = to_bfloat16(scratch.update[index * size + i] * factor);
  }
}

// means[j]: the mean square of row j, or of column j where there are more of those. A block for
// each. <<<count * max(rows, columns), 256>>>
__global__ void mean_squares_kernel(MuonBatch batch, MuonScratch scratch) {
  const bool by_row = batch.rows() >= batch.columns();
  const std::int64_t lines = by_row ? batch.rows() : batch.columns();
  const std::int64_t length = by_row ? batch.columns() : batch.rows();
  const std::int64_t index = blockIdx.x / lines;
  const std::int64_t line = blockIdx.x % lines;
  const Bfloat16* x = scratch.x + index * batch.size();
  float sum = 0;
  for (std::int64_t i = threadIdx.x; i < length; i += kThreads) {
    const float value = to_float(x[by_row ? line * length + i : i * lines + line]);
    sum += value * value;
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) scratch.means[blockIdx.x] = sum / static_cast<float>(length);
}

// second += (means - second)(1 - beta2); means become 1 / sqrt(second), times what restores the
// Frobenius norm. <<<count, 256>>>
__global__ void restore_kernel(MuonBatch batch, float beta2, MuonScratch scratch) {
  const std::int64_t rows = batch.rows();
  const std::int64_t columns = batch.columns();
  const std::int64_t lines = rows >= columns ? rows : columns;
  const auto length = static_cast<float>(rows >= columns ? columns : rows);
  float* const second = batch.matrices[blockIdx.x].second;
  float* const means = scratch.means + blockIdx.x * lines;
  float before = 0;
  float after = 0;
  for (std::int64_t i = threadIdx.x; i < lines; i += kThreads) {
    second[i] += (means[i] - second[i]) * (1 - beta2);
    const float inverse = 1 / sqrtf(second[i] > 1e-10F ? second[i] : 1e-10F);
    before += means[i];
    after += means[i] * inverse * inverse;
    means[i] = inverse;
  }
  before = sqrtf(block_sum(before) * length);
  after = sqrtf(block_sum(after) * length);
  const float restore = before / (after > 1e-10F ? after : 1e-10F);
  for (std::int64_t i = threadIdx.x; i < lines; i += kThreads) means[i] *= restore;
}

// parameter -= rate (u + decay parameter [u parameter >= 0]), u = x means[line].
// <<<count * muon_parts, 256>>>
__global__ void step_kernel(MuonBatch batch, float rate, float decay, MuonScratch scratch) {
  const std::int64_t parts = muon_parts(batch.size());
  const std::int64_t index = blockIdx.x / parts;
  const std::int64_t size = batch.size();
  const std::int64_t columns = batch.columns();
  const bool by_row = batch.rows() >= columns;
  const float* means = scratch.means + index * (by_row ? batch.rows() : columns);
  float* const parameter = batch.matrices[index].parameter.data;
  for (std::int64_t i = (blockIdx.x % parts) * kThreads + threadIdx.x; i < size;
       i += parts * kThreads) {
    const float mean = means[by_row ? i / columns : i % columns];
    parameter[i] =
        cautious_step(parameter[i], to_float(scratch.x[index * size + i]) * mean, rate, decay);
  }
}

}  // namespace

void muon_begin(Stream stream, const MuonBatch& batch, float momentum, const MuonScratch& scratch) {
  const Launch shape = {batch.count * muon_parts(batch.size()), kThreads};
  launch(stream, "muon momentum", shape, momentum_kernel, batch, momentum, scratch);
  launch(stream, "muon scale", shape, scale_kernel, batch, scratch);
}

void muon_end(Stream stream, const MuonBatch& batch, const MuonStep& step,
              const MuonScratch& scratch) {
  const std::int64_t rows = batch.rows();
  const std::int64_t columns = batch.columns();
  const std::int64_t lines = rows >= columns ? rows : columns;
  const double shape =
      rows > columns ? static_cast<double>(rows) / static_cast<double>(columns) : 1;
  const auto rate = static_cast<float>(step.rate * std::sqrt(shape));
  launch(stream, "muon mean squares", {batch.count * lines, kThreads}, mean_squares_kernel, batch,
         scratch);
  launch(stream, "muon restore", {batch.count, kThreads}, restore_kernel, batch,
         static_cast<float>(step.beta2), scratch);
  launch(stream, "muon step", {batch.count * muon_parts(batch.size()), kThreads}, step_kernel,
         batch, rate, static_cast<float>(step.decay), scratch);
}

}  // namespace trainer::cuda
