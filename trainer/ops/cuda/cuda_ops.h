// The op set of NVIDIA GPUs: activations and multiplied weights in bfloat16, parameters, gradients
// and moments in float. Everything runs on one stream, no sum's order is left to chance, and a step
// allocates nothing: memory is one block, of the size that a planned run found.
//
// Planning: a set of 0 bytes counts what is asked of it and does nothing else, so the same calls
// that will be made (model, optimizer, one step) tell beforehand what they need.
#pragma once
#include <span>
#include <vector>

#include "trainer/ops/cuda/device.h"
#include "trainer/ops/cuda/multiplier.h"
#include "trainer/ops/ops.h"

namespace trainer {

class CudaOps {
 public:
  using Value = Bfloat16;
  using Master = float;
  using TokenOrder = cuda::TokenOrder;
  using Values = cuda::Values;
  using Masters = cuda::Masters;

  // bytes 0: planning.
  CudaOps(cuda::Device& device, cuda::Multiplier& multiplier, std::int64_t bytes);
  ~CudaOps();
  CudaOps(const CudaOps&) = delete;
  CudaOps& operator=(const CudaOps&) = delete;

  // From now on repeat() records. Never run on a GPU yet, so it is not the default.
  void record_graphs() { records_graphs_ = true; }

  // Work that is asked for again and again: with the same key its arguments are the same.
  struct Repeated {
    double key = 0;
    int times = 0;
    cuda::Graph graph;
  };
  // Does the work: by its own calls the first time, when products are chosen and kernels loaded;
  // from the second time on as one launch of the graph that was recorded then.
  template <class Work>
  void repeat(Repeated& repeated, double key, const Work& work) {
    if (!records_graphs_ || stream_.is_planning) return work();
    if (repeated.key != key) repeated = {.key = key};
    if (repeated.times++ == 0) return work();
    if (!repeated.graph) {
      device_.begin_recording();
      work();
      repeated.graph = device_.end_recording();
    }
    device_.replay(repeated.graph);
  }

  std::int64_t allocated_bytes() const { return used_; }
  void wait();

  void* allocate(std::int64_t bytes);
  template <class T>
  void zero(T* data, std::int64_t n) {
    zero_bytes(data, n * static_cast<std::int64_t>(sizeof(T)));
  }
  void copy_in(float* to, const float* from, std::int64_t n);
  void copy_in(Bfloat16* to, const float* from, std::int64_t n);
  void copy_in(Token* to, const Token* from, std::int64_t n);
  void copy_out(float* to, const float* from, std::int64_t n);
  Bfloat16* weights(const float* masters, std::int64_t n);
  double sum(const float* x, std::int64_t n);
  std::int64_t not_finite(const float* x, std::int64_t n);
  std::int64_t not_finite(const Bfloat16* x, std::int64_t n);

  const TokenOrder& sort_tokens(const Token* tokens, std::int64_t n, std::int64_t vocabulary);
  void embed_norm(const Token* tokens, Values table, Values y, float* inverse);
  void embed_norm_backward(const TokenOrder& order, Values y, const float* inverse, Values dy,
                           Masters dtable);
  void mix_norm(const MixNorm<Bfloat16, float>& op);
  void mix_norm_backward(const MixNormBackward<Bfloat16, float>& op);
  void norm(Values x, Values y, float* inverse);
  void norm_backward(Values y, const float* inverse, Values dy, Values dx, bool add);
  void add(Values x, Values y);
  void linear(Values x, Values w, Values y, bool add);
  void linear_relu_squared(Values x, Values w, Values a);
  void linear_backward_input(Values dy, Values w, Values dx);
  void linear_backward_relu_squared(Values dy, Values w, Values a, Values dh);
  void linear_backward_weight(Values dy, Values x, Masters dw);
  void heads(const Heads<Bfloat16, float>& op);
  void heads_backward(const Heads<Bfloat16, float>& op,
                      const HeadsBackward<Bfloat16, float>& gradient);
  void gate_input_backward(Bfloat16* dgates, Values gate_weight, Values dx);
  void value_embedding_backward(const TokenOrder& order, const Heads<Bfloat16, float>& op,
                                const Bfloat16* dv, Masters dembedding);
  void attention(const Attention<Bfloat16, float>& op);
  void attention_backward(const Attention<Bfloat16, float>& op,
                          const AttentionBackward<Bfloat16>& gradient);
  void head_losses(const HeadLoss<Bfloat16, float>& op);
  void head_losses_backward(const HeadLoss<Bfloat16, float>& op,
                            const HeadLossBackward<Bfloat16, float>& gradient);
  void adam(const AdamStep& step, Masters parameter, const float* gradient, float* mean,
            float* square);
  void muon(std::span<const MuonMatrix<float>> matrices, const MuonStep& step);

 private:
  // Memory that an op works in. It stays and grows; what it held before is of no use.
  struct Scratch {
    void* data = nullptr;
    std::int64_t bytes = 0;
  };
  template <class T>
  T* reserve(Scratch& scratch, std::int64_t n);
  template <class T>
  std::int64_t count_not_finite(const T* x, std::int64_t n);
  void zero_bytes(void* data, std::int64_t bytes);
  void multiply(const cuda::Product& product);
  void add_to_weight(Values dy, Values x, Masters dw);
  void muon_batch(const cuda::MuonBatch& batch, const MuonStep& step);

  cuda::Device& device_;          // outlives us
  cuda::Multiplier& multiplier_;  // outlives us
  cuda::Stream stream_;
  char* memory_ = nullptr;
  std::int64_t capacity_ = 0, used_ = 0;
  bool records_graphs_ = false;
  TokenOrder order_;
  Scratch weights_, sum_, positions_, starts_, counts_, means_, segments_, partial_, delta_,
      logits_, update_, x_, y_, gram_, square_;
};

// Rows of logits that exist at a time.
inline constexpr std::int64_t kLossRows = 8192;

}  // namespace trainer
