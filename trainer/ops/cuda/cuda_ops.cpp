#include "trainer/ops/cuda/cuda_ops.h"

#include <algorithm>
#include <cassert>
#include <new>

namespace trainer {
namespace {

static_assert(OpSet<CudaOps>);

constexpr std::int64_t kAlignment = 256;

// The three products of a linear layer y = x w^T, w (out, in).
cuda::Product x_w_transposed(CudaOps::Values x, CudaOps::Values w, Bfloat16* y) {
  return {.a = {x.data, x.columns},
          .b = {.data = w.data, .stride = w.columns, .is_transposed = true},
          .rows = x.rows,
          .columns = w.rows,
          .depth = w.columns,
          .d = y};
}
cuda::Product y_w(CudaOps::Values y, CudaOps::Values w, Bfloat16* x) {
  return {.a = {y.data, y.columns},
          .b = {w.data, w.columns},
          .rows = y.rows,
          .columns = w.columns,
          .depth = w.rows,
          .d = x};
}

}  // namespace

CudaOps::CudaOps(cuda::Device& device, cuda::Multiplier& multiplier, std::int64_t bytes)
    : device_(device), multiplier_(multiplier), stream_(device.stream()), capacity_(bytes) {
  stream_.is_planning = bytes == 0;
  if (bytes > 0) memory_ = static_cast<char*>(device_.allocate(bytes));
}

CudaOps::~CudaOps() {
  if (memory_ != nullptr) device_.release(memory_);
}

void* CudaOps::allocate(std::int64_t bytes) {
  // While planning, an address that is not null and that nobody reads.
  char* const here = (memory_ == nullptr ? reinterpret_cast<char*>(kAlignment) : memory_) + used_;
  used_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (!stream_.is_planning && used_ > capacity_) throw std::bad_alloc();
  return here;
}

template <class T>
T* CudaOps::reserve(Scratch& scratch, std::int64_t n) {
  const std::int64_t bytes = n * static_cast<std::int64_t>(sizeof(T));
  if (scratch.bytes < bytes) scratch = {allocate(bytes), bytes};
  return static_cast<T*>(scratch.data);
}

void CudaOps::wait() {
  if (!stream_.is_planning) device_.wait();
}

void CudaOps::zero_bytes(void* data, std::int64_t bytes) {
  if (!stream_.is_planning) device_.zero(data, bytes);
}

void CudaOps::copy_in(float* to, const float* from, std::int64_t n) {
  if (!stream_.is_planning) device_.copy_in(to, from, n * std::int64_t{sizeof(float)});
}

void CudaOps::copy_in(Bfloat16* to, const float* from, std::int64_t n) {
  std::vector<Bfloat16> rounded(static_cast<std::size_t>(n));
  std::transform(from, from + n, rounded.begin(), [](float x) { return to_bfloat16(x); });
  if (!stream_.is_planning) device_.copy_in(to, rounded.data(), n * std::int64_t{sizeof(Bfloat16)});
}

void CudaOps::copy_in(Token* to, const Token* from, std::int64_t n) {
  if (!stream_.is_planning) device_.copy_in(to, from, n * std::int64_t{sizeof(Token)});
}

void CudaOps::copy_out(float* to, const float* from, std::int64_t n) {
  if (!stream_.is_planning) device_.copy_out(to, from, n * std::int64_t{sizeof(float)});
}

Bfloat16* CudaOps::weights(const float* masters, std::int64_t n) {
  auto* const rounded = reserve<Bfloat16>(weights_, n);
  cuda::to_values(stream_, masters, rounded, n);
  return rounded;
}

double CudaOps::sum(const float* x, std::int64_t n) {
  auto* const at = reserve<double>(sum_, 1);
  cuda::total(stream_, x, n, at);
  double sum = 0;
  if (!stream_.is_planning) device_.copy_out(&sum, at, sizeof sum);
  return sum;
}

template <class T>
std::int64_t CudaOps::count_not_finite(const T* x, std::int64_t n) {
  auto* const at = reserve<std::int32_t>(sum_, 1);
  zero(at, 1);
  cuda::not_finite(stream_, x, n, at);
  std::int32_t count = 0;
  if (!stream_.is_planning) device_.copy_out(&count, at, sizeof count);
  return count;
}
std::int64_t CudaOps::not_finite(const float* x, std::int64_t n) { return count_not_finite(x, n); }
std::int64_t CudaOps::not_finite(const Bfloat16* x, std::int64_t n) {
  return count_not_finite(x, n);
}

auto CudaOps::sort_tokens(const Token* tokens, std::int64_t n, std::int64_t vocabulary)
    -> const TokenOrder& {
  const std::int64_t shares = (n + cuda::kOrderShare - 1) / cuda::kOrderShare;
  order_ = {n, vocabulary, reserve<std::int32_t>(positions_, n),
            reserve<std::int32_t>(starts_, vocabulary + 1)};
  cuda::order_tokens(stream_, tokens, order_, reserve<std::int32_t>(counts_, shares * vocabulary));
  return order_;
}

void CudaOps::embed_norm(const Token* tokens, Values table, Values y, float* inverse) {
  cuda::embed_norm(stream_, tokens, table, y, inverse);
}

void CudaOps::embed_norm_backward(const TokenOrder& order, Values y, const float* inverse,
                                  Values dy, Masters dtable) {
  auto* const means = reserve<float>(means_, y.rows);
  const std::int64_t tiles = (order.n + cuda::kTile - 1) / cuda::kTile;
  auto* const partial = reserve<float>(segments_, 2 * tiles * y.columns);
  cuda::row_means(stream_, y, dy, means);
  cuda::sum_segments(stream_, order, cuda::EmbedGradient{y, dy, inverse, means}, dtable, partial);
}

void CudaOps::mix_norm(const MixNorm<Bfloat16, float>& op) { cuda::mix_norm(stream_, op); }

void CudaOps::mix_norm_backward(const MixNormBackward<Bfloat16, float>& op) {
  cuda::mix_norm_backward(stream_, op, reserve<float>(partial_, 2 * cuda::mix_blocks(op.x.rows)));
}

void CudaOps::norm(Values x, Values y, float* inverse) { cuda::norm(stream_, x, y, inverse); }

void CudaOps::norm_backward(Values y, const float* inverse, Values dy, Values dx, bool add) {
  cuda::norm_backward(stream_, {.y = y, .inverse = inverse, .dy = dy, .dx = dx}, add);
}

void CudaOps::add(Values x, Values y) { cuda::add(stream_, x.data, y.data, y.size()); }

void CudaOps::multiply(const cuda::Product& product) {
  if (!stream_.is_planning) multiplier_.run(product);
}

void CudaOps::linear(Values x, Values w, Values y, bool add) {
  cuda::Product product = x_w_transposed(x, w, y.data);
  product.beta = add ? 1 : 0;
  multiply(product);
}

void CudaOps::linear_relu_squared(Values x, Values w, Values a) {
  multiply(x_w_transposed(x, w, a.data));
  cuda::relu_squared(stream_, a.data, a.size());
}

void CudaOps::linear_backward_input(Values dy, Values w, Values dx) {
  multiply(y_w(dy, w, dx.data));
}

void CudaOps::linear_backward_relu_squared(Values dy, Values w, Values a, Values dh) {
  multiply(y_w(dy, w, dh.data));
  cuda::relu_squared_slope(stream_, a.data, dh.data, dh.size());
}

void CudaOps::linear_backward_weight(Values dy, Values x, Masters dw) {
  multiply({.a = {.data = dy.data, .stride = dy.columns, .is_transposed = true},
            .b = {x.data, x.columns},
            .rows = dw.rows,
            .columns = dw.columns,
            .depth = dy.rows,
            .d = dw.data,
            .in_float = true,
            .beta = 1});
}

void CudaOps::heads(const Heads<Bfloat16, float>& op) { cuda::heads(stream_, op); }

void CudaOps::heads_backward(const Heads<Bfloat16, float>& op,
                             const HeadsBackward<Bfloat16, float>& gradient) {
  cuda::heads_backward(stream_, op, gradient);
  if (op.gates == nullptr) return;
  const std::int64_t numbers = cuda::kGateBlocks * op.shape.heads * kGateChannels;
  cuda::gate_weight_backward(stream_, op, gradient, reserve<float>(partial_, numbers));
}

void CudaOps::gate_input_backward(Bfloat16* dgates, Values gate_weight, Values dx) {
  cuda::gate_input_backward(stream_, dgates, gate_weight, dx);
}

void CudaOps::value_embedding_backward(const TokenOrder& order, const Heads<Bfloat16, float>& op,
                                       const Bfloat16* dv, Masters dembedding) {
  const std::int64_t tiles = (order.n + cuda::kTile - 1) / cuda::kTile;
  auto* const partial = reserve<float>(segments_, 2 * tiles * dembedding.columns);
  cuda::sum_segments(stream_, order, cuda::ValueGradient{op.shape, dv, op.gates}, dembedding,
                     partial);
}

void CudaOps::attention(const Attention<Bfloat16, float>& op) {
  assert(cuda::has_attention(op.shape.head_dim));
  cuda::attention(stream_, op);
}

void CudaOps::attention_backward(const Attention<Bfloat16, float>& op,
                                 const AttentionBackward<Bfloat16>& gradient) {
  auto* const delta = reserve<float>(delta_, op.shape.tokens() * op.shape.heads);
  cuda::attention_backward(stream_, op, gradient, delta);
}

namespace {

cuda::LossRows loss_rows_of(const HeadLoss<Bfloat16, float>& op, std::int64_t row,
                            std::int64_t rows, double scale) {
  return {.rows = std::min(rows, op.x.rows - row),
          .vocabulary = op.weight.rows,
          .targets = op.targets + row,
          .losses = op.losses + row,
          .cap = static_cast<float>(op.cap),
          .scale = static_cast<float>(scale)};
}

}  // namespace

// Losses alone are a metric: their logits are float, and half as many.
void CudaOps::head_losses(const HeadLoss<Bfloat16, float>& op) {
  constexpr std::int64_t kRows = kLossRows / 2;
  auto* const logits = reserve<float>(logits_, std::min(kRows, op.x.rows) * op.weight.rows);
  for (std::int64_t row = 0; row < op.x.rows; row += kRows) {
    const cuda::LossRows rows = loss_rows_of(op, row, kRows, 0);
    cuda::Product product = x_w_transposed(op.x.slice(row, rows.rows), op.weight, nullptr);
    product.d = logits;
    product.in_float = true;
    multiply(product);
    cuda::loss_rows(stream_, rows, logits);
  }
}

void CudaOps::head_losses_backward(const HeadLoss<Bfloat16, float>& op,
                                   const HeadLossBackward<Bfloat16, float>& gradient) {
  auto* const logits = reserve<Bfloat16>(logits_, std::min(kLossRows, op.x.rows) * op.weight.rows);
  for (std::int64_t row = 0; row < op.x.rows; row += kLossRows) {
    const cuda::LossRows rows = loss_rows_of(op, row, kLossRows, gradient.scale);
    const Values z = {logits, rows.rows, rows.vocabulary};
    linear(op.x.slice(row, rows.rows), op.weight, z, false);
    cuda::loss_rows_backward(stream_, rows, logits);
    linear_backward_input(z, op.weight, gradient.dx.slice(row, rows.rows));
    linear_backward_weight(z, op.x.slice(row, rows.rows), gradient.dweight);
  }
}

void CudaOps::adam(const AdamStep& step, Masters parameter, const float* gradient, float* mean,
                   float* square) {
  cuda::adam(stream_, step, {parameter.data, gradient, mean, square, parameter.size()});
}

void CudaOps::muon(std::span<const MuonMatrix<float>> matrices, const MuonStep& step) {
  std::vector<cuda::MuonBatch> batches;
  for (const MuonMatrix<float>& matrix : matrices) {
    const auto fits = [&](const cuda::MuonBatch& batch) {
      return batch.count < cuda::kMuonBatch && batch.rows() == matrix.parameter.rows &&
             batch.columns() == matrix.parameter.columns;
    };
    auto batch = std::ranges::find_if(batches, fits);
    if (batch == batches.end()) batch = batches.insert(batches.end(), cuda::MuonBatch{});
    batch->matrices[batch->count++] = matrix;
  }
  for (const cuda::MuonBatch& batch : batches) muon_batch(batch, step);
}

// X <- a X + (b A + c A^2) X, A = X X^T, or with A = X^T X from the right where X is tall.
void CudaOps::muon_batch(const cuda::MuonBatch& batch, const MuonStep& step) {
  const std::int64_t rows = batch.rows();
  const std::int64_t columns = batch.columns();
  const std::int64_t small = std::min(rows, columns);
  const bool is_tall = rows > columns;
  const std::int64_t grams = batch.count * small * small;
  auto* x = reserve<Bfloat16>(x_, batch.count * batch.size());
  auto* y = reserve<Bfloat16>(y_, batch.count * batch.size());
  auto* const gram = reserve<Bfloat16>(gram_, grams);
  auto* const square = reserve<Bfloat16>(square_, grams);
  cuda::MuonScratch scratch = {
      .update = reserve<float>(update_, batch.count * batch.size()),
      .partial = reserve<float>(partial_, batch.count * cuda::muon_parts(batch.size())),
      .means = reserve<float>(means_, batch.count * std::max(rows, columns)),
      .x = x};
  cuda::muon_begin(stream_, batch, static_cast<float>(step.momentum), scratch);
  const auto factor = [](const Bfloat16* data, std::int64_t stride, bool is_transposed,
                         std::int64_t size) {
    return cuda::Factor{data, stride, is_transposed, size};
  };
  for (const Polynomial& p : kPolarExpress) {
    const cuda::Product grams_of_x = {.a = factor(x, columns, is_tall, batch.size()),
                                      .b = factor(x, columns, !is_tall, batch.size()),
                                      .rows = small,
                                      .columns = small,
                                      .depth = std::max(rows, columns),
                                      .d = gram,
                                      .batch = batch.count};
    multiply(grams_of_x);
    const cuda::Factor symmetric = factor(gram, small, false, small * small);
    multiply({.a = symmetric,
              .b = symmetric,
              .rows = small,
              .columns = small,
              .depth = small,
              .d = square,
              .c = gram,
              .alpha = static_cast<float>(p.c),
              .beta = static_cast<float>(p.b),
              .batch = batch.count});
    const cuda::Factor all = factor(x, columns, false, batch.size());
    const cuda::Factor part = factor(square, small, false, small * small);
    multiply({.a = is_tall ? all : part,
              .b = is_tall ? part : all,
              .rows = rows,
              .columns = columns,
              .depth = small,
              .d = y,
              .c = x,
              .beta = static_cast<float>(p.a),
              .batch = batch.count});
    std::swap(x, y);
  }
  scratch.x = x;
  cuda::muon_end(stream_, batch, step, scratch);
}

}  // namespace trainer
