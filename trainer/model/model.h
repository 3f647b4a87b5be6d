// The GPT: forward and backward as straight-line calls of the ops. The architecture is
// autoresearch's: norms without weights, rotary heads with normed q and k, windows, relu^2, value
// embeddings with gates, the embedding mixed into each layer, an untied head with softcapped
// logits.
//
// One batch shape, fixed at construction; all memory is taken then. Gradients add up until
// zero_gradients(). Not for two threads at once.
#pragma once
#include <cmath>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "trainer/model/shape.h"
#include "trainer/ops/ops.h"

namespace trainer {

// Hears how a pass goes on; this one listens to nothing.
struct Unheard {
  // Nothing more will be added to this parameter's gradient. The last layer's come first.
  void finished(const ParameterSpec&) const {}
  // An array was computed: an activation of this layer (kNoLayer: in front of the first or behind
  // the last), or its gradient.
  template <class Number>
  void made(std::int64_t, const char*, Matrix<Number>) const {}
};
inline constexpr std::int64_t kNoLayer = -1;

template <OpSet Ops>
class Model {
 public:
  using Value = typename Ops::Value;
  using Master = typename Ops::Master;

  Model(Ops& ops, const ModelShape& shape, std::int64_t batch)
      : ops_(ops), shape_(shape), list_(parameters_of(shape)), batch_(batch) {
    parameters_ = take<Master>(list_.total);
    gradients_ = take<Master>(list_.total);
    take_activations();
    fill_angles();
  }

  Model(const Model&) = delete;  // layers point into the list
  Model& operator=(const Model&) = delete;

  const ModelShape& shape() const { return shape_; }
  const ParameterList& list() const { return list_; }
  std::int64_t batch() const { return batch_; }
  std::int64_t tokens() const { return batch_ * shape_.context; }
  Master* parameters() { return parameters_; }
  Master* gradients() { return gradients_; }
  Matrix<Master> parameter(const ParameterSpec& spec) { return in(parameters_, spec); }
  Matrix<Master> gradient(const ParameterSpec& spec) { return in(gradients_, spec); }

  void zero_gradients() { ops_.zero(gradients_, list_.total); }

  // The loss of each token in nats, from inputs and targets (B, T); target -1 has none.
  std::span<const Master> losses(std::span<const Token> inputs, std::span<const Token> targets) {
    copy_in(inputs, targets);
    const Unheard unheard;
    forward(unheard);
    ops_.head_losses(head_loss());
    return {losses_, static_cast<std::size_t>(tokens())};
  }

  // The sum of the losses; adds `scale` times its gradient.
  template <class Listener = Unheard>
  double forward_backward(std::span<const Token> inputs, std::span<const Token> targets,
                          double scale, Listener&& listener = {}) {
    copy_in(inputs, targets);
    if constexpr (std::is_same_v<std::remove_cvref_t<Listener>, Unheard>) {
      ops_.repeat(pass_, scale, [&] { pass(scale, listener); });
    } else {
      pass(scale, listener);
    }
    return ops_.sum(losses_, tokens());
  }

 private:
  // What one layer keeps for its backward pass.
  struct Layer {
    Matrix<Value> normed, y, normed_mlp, hidden;  // (N, C), (N, C), (N, C), (N, F)
    Value *q, *k, *v, *gates;                     // (B, H, T, D); (N, H)
    Master *inverse, *inverse_mlp, *q_inverse, *k_inverse, *log_sum;
    const ParameterSpec *qkv, *o, *fc, *proj, *embedding = nullptr, *gate = nullptr;
  };

  template <class T>
  T* take(std::int64_t count) {
    return static_cast<T*>(ops_.allocate(count * static_cast<std::int64_t>(sizeof(T))));
  }
  Matrix<Value> take_matrix(std::int64_t columns) {
    return {take<Value>(tokens() * columns), tokens(), columns};
  }
  template <class T>
  static Matrix<T> row(T* array, std::int64_t n) {
    return {array, 1, n};
  }
  static Matrix<Master> in(Master* array, const ParameterSpec& spec) {
    return {array + spec.offset, spec.rows, spec.columns};
  }
  Matrix<Value> weight(const ParameterSpec& spec) {
    return {weights_ + spec.offset, spec.rows, spec.columns};
  }

  void take_activations() {
    const std::int64_t width = shape_.width;
    const std::int64_t head_numbers = tokens() * shape_.heads();
    inputs_ = take<Token>(tokens());
    targets_ = take<Token>(tokens());
    cosines_ = take<Value>(shape_.context * shape_.head_dim / 2);
    sines_ = take<Value>(shape_.context * shape_.head_dim / 2);
    for (std::int64_t i = 0; i <= shape_.depth; ++i) stream_.push_back(take_matrix(width));
    for (std::int64_t i = 0; i < shape_.depth; ++i) layers_.push_back(take_layer(i));
    qkv_ = take_matrix(3 * width);
    normed_ = take_matrix(width);
    dnormed_ = take_matrix(width);
    dx_ = take_matrix(width);
    dx0_ = take_matrix(width);
    dhidden_ = take_matrix(shape_.hidden());
    for (Value** gradient : {&dq_, &dk_, &dv_}) *gradient = take<Value>(tokens() * width);
    dgates_ = take<Value>(head_numbers);
    embedding_inverse_ = take<Master>(tokens());
    inverse_ = take<Master>(tokens());
    losses_ = take<Master>(tokens());
  }

  Layer take_layer(std::int64_t i) {
    const std::int64_t width = shape_.width;
    const std::int64_t head_numbers = tokens() * shape_.heads();
    const std::string name = "h" + std::to_string(i) + ".";
    Layer layer = {.normed = take_matrix(width),
                   .y = take_matrix(width),
                   .normed_mlp = take_matrix(width),
                   .hidden = take_matrix(shape_.hidden()),
                   .q = take<Value>(tokens() * width),
                   .k = take<Value>(tokens() * width),
                   .v = take<Value>(tokens() * width),
                   .gates = take<Value>(head_numbers),
                   .inverse = take<Master>(tokens()),
                   .inverse_mlp = take<Master>(tokens()),
                   .q_inverse = take<Master>(head_numbers),
                   .k_inverse = take<Master>(head_numbers),
                   .log_sum = take<Master>(head_numbers),
                   .qkv = &list_[name + "qkv"],
                   .o = &list_[name + "o"],
                   .fc = &list_[name + "fc"],
                   .proj = &list_[name + "proj"]};
    if (shape_.has_value_embedding(i)) {
      layer.embedding = &list_[name + "ve"];
      layer.gate = &list_[name + "gate"];
    }
    return layer;
  }

  // Rotary angles: position t turns pair j by t / 10000^(2 j / D).
  void fill_angles() {
    const std::int64_t half = shape_.head_dim / 2;
    std::vector<float> cosines, sines;
    for (std::int64_t t = 0; t < shape_.context; ++t) {
      for (std::int64_t j = 0; j < half; ++j) {
        const double frequency =
            std::pow(shape_.rope_base, -static_cast<double>(j) / static_cast<double>(half));
        cosines.push_back(static_cast<float>(std::cos(static_cast<double>(t) * frequency)));
        sines.push_back(static_cast<float>(std::sin(static_cast<double>(t) * frequency)));
      }
    }
    ops_.copy_in(cosines_, cosines.data(), shape_.context * half);
    ops_.copy_in(sines_, sines.data(), shape_.context * half);
  }

  Heads<Value, Master> heads_of(const Layer& layer) {
    Heads<Value, Master> op = {.shape = head_shape(),
                               .cosines = cosines_,
                               .sines = sines_,
                               .qkv = qkv_,
                               .q = layer.q,
                               .k = layer.k,
                               .v = layer.v,
                               .q_inverse = layer.q_inverse,
                               .k_inverse = layer.k_inverse};
    if (layer.embedding != nullptr) {
      op.gates = layer.gates;
      op.tokens = inputs_;
      op.embedding = weight(*layer.embedding);
      op.gate_weight = weight(*layer.gate);
      op.input = layer.normed;
    }
    return op;
  }

  HeadShape head_shape() const { return {batch_, shape_.context, shape_.heads(), shape_.head_dim}; }
  Attention<Value, Master> attention_of(const Layer& layer, std::int64_t i) const {
    return {head_shape(), shape_.window(i), layer.q, layer.k, layer.v, layer.y, layer.log_sum};
  }
  HeadLoss<Value, Master> head_loss() {
    return {normed_, weight(list_["head"]), targets_, losses_, shape_.softcap};
  }
  Master* lambda(std::int64_t i) { return parameters_ + list_["resid_lambda"].offset + i; }
  Master* mu(std::int64_t i) { return parameters_ + list_["x0_lambda"].offset + i; }

  void copy_in(std::span<const Token> inputs, std::span<const Token> targets) {
    ops_.copy_in(inputs_, inputs.data(), tokens());
    ops_.copy_in(targets_, targets.data(), tokens());
  }

  // Forward and backward of the batch that lies in inputs_ and targets_.
  template <class Listener>
  void pass(double scale, Listener& listener) {
    forward(listener);
    ops_.head_losses_backward(head_loss(), {scale, dnormed_, gradient(list_["head"])});
    listener.made(kNoLayer, "losses", row(losses_, tokens()));
    listener.finished(list_["head"]);
    listener.made(kNoLayer, "gradient of the head's input", dnormed_);
    backward(listener);
  }

  // Everything up to the normed input of the head.
  template <class Listener>
  void forward(Listener& listener) {
    weights_ = ops_.weights(parameters_, list_.total);
    ops_.embed_norm(inputs_, weight(list_["wte"]), stream_[0], embedding_inverse_);
    listener.made(kNoLayer, "embedding", stream_[0]);
    for (std::int64_t i = 0; i < shape_.depth; ++i) forward_layer(i, listener);
    ops_.norm(stream_.back(), normed_, inverse_);
    listener.made(kNoLayer, "head's input", normed_);
  }

  template <class Listener>
  void forward_layer(std::int64_t i, Listener& listener) {
    const Layer& layer = layers_[static_cast<std::size_t>(i)];
    const Matrix<Value> x = stream_[static_cast<std::size_t>(i)];
    const Matrix<Value> out = stream_[static_cast<std::size_t>(i) + 1];
    ops_.mix_norm({x, stream_[0], lambda(i), mu(i), out, layer.normed, layer.inverse});
    listener.made(i, "mixed stream", out);
    listener.made(i, "attention's input", layer.normed);
    ops_.linear(layer.normed, weight(*layer.qkv), qkv_, false);
    listener.made(i, "qkv", qkv_);
    ops_.heads(heads_of(layer));
    for (const auto& [name, heads] : {std::pair{"q", layer.q}, {"k", layer.k}, {"v", layer.v}}) {
      listener.made(i, name, row(heads, out.size()));
    }
    ops_.attention(attention_of(layer, i));
    listener.made(i, "attention", layer.y);
    ops_.linear(layer.y, weight(*layer.o), out, true);
    listener.made(i, "stream behind attention", out);
    ops_.norm(out, layer.normed_mlp, layer.inverse_mlp);
    ops_.linear_relu_squared(layer.normed_mlp, weight(*layer.fc), layer.hidden);
    listener.made(i, "hidden", layer.hidden);
    ops_.linear(layer.hidden, weight(*layer.proj), out, true);
    listener.made(i, "stream behind the MLP", out);
  }

  // From dnormed_, the gradient of the head's input.
  template <class Listener>
  void backward(Listener& listener) {
    const auto& order = ops_.sort_tokens(inputs_, tokens(), shape_.vocabulary);
    ops_.norm_backward(normed_, inverse_, dnormed_, dx_, false);
    ops_.zero(dx0_.data, dx0_.size());
    for (std::int64_t i = shape_.depth - 1; i >= 0; --i) {
      const Layer& layer = layers_[static_cast<std::size_t>(i)];
      backward_mlp(layer, i, listener);
      backward_attention(layer, i, order, listener);
      ops_.mix_norm_backward({.x = stream_[static_cast<std::size_t>(i)],
                              .x0 = stream_[0],
                              .y = layer.normed,
                              .inverse = layer.inverse,
                              .lambda = lambda(i),
                              .mu = mu(i),
                              .dy = dnormed_,
                              .dx = dx_,
                              .dx0 = dx0_,
                              .dlambda = gradient(list_["resid_lambda"]).data + i,
                              .dmu = gradient(list_["x0_lambda"]).data + i});
      listener.made(i, "gradient of the stream", dx_);
    }
    ops_.add(dx_, dx0_);
    ops_.embed_norm_backward(order, stream_[0], embedding_inverse_, dx0_, gradient(list_["wte"]));
    for (const char* last : {"x0_lambda", "resid_lambda", "wte"}) listener.finished(list_[last]);
  }

  template <class Listener>
  void backward_mlp(const Layer& layer, std::int64_t i, Listener& listener) {
    ops_.linear_backward_weight(dx_, layer.hidden, gradient(*layer.proj));
    listener.finished(*layer.proj);
    ops_.linear_backward_relu_squared(dx_, weight(*layer.proj), layer.hidden, dhidden_);
    listener.made(i, "gradient of hidden", dhidden_);
    ops_.linear_backward_weight(dhidden_, layer.normed_mlp, gradient(*layer.fc));
    listener.finished(*layer.fc);
    ops_.linear_backward_input(dhidden_, weight(*layer.fc), dnormed_);
    ops_.norm_backward(layer.normed_mlp, layer.inverse_mlp, dnormed_, dx_, true);
  }

  // Leaves the gradient of the layer's normed input in dnormed_.
  template <class Listener>
  void backward_attention(const Layer& layer, std::int64_t i, const typename Ops::TokenOrder& order,
                          Listener& listener) {
    ops_.linear_backward_weight(dx_, layer.y, gradient(*layer.o));
    listener.finished(*layer.o);
    ops_.linear_backward_input(dx_, weight(*layer.o), dnormed_);
    ops_.attention_backward(attention_of(layer, i), {dnormed_, dq_, dk_, dv_});
    for (const auto& [name, heads] :
         {std::pair{"gradient of q", dq_}, {"gradient of k", dk_}, {"gradient of v", dv_}}) {
      listener.made(i, name, row(heads, dx_.size()));
    }
    const Heads<Value, Master> op = heads_of(layer);
    HeadsBackward<Value, Master> gradients = {.dq = dq_, .dk = dk_, .dv = dv_, .dqkv = qkv_};
    if (layer.gate != nullptr) {
      gradients.dgates = dgates_;
      gradients.dgate_weight = gradient(*layer.gate);
    }
    ops_.heads_backward(op, gradients);
    ops_.linear_backward_weight(qkv_, layer.normed, gradient(*layer.qkv));
    listener.finished(*layer.qkv);
    ops_.linear_backward_input(qkv_, weight(*layer.qkv), dnormed_);
    if (layer.gate == nullptr) return;
    ops_.gate_input_backward(dgates_, weight(*layer.gate), dnormed_);
    ops_.value_embedding_backward(order, op, dv_, gradient(*layer.embedding));
    for (const ParameterSpec* last : {layer.gate, layer.embedding}) listener.finished(*last);
  }

  Ops& ops_;  // outlives us
  ModelShape shape_;
  ParameterList list_;
  std::int64_t batch_;
  Master *parameters_, *gradients_;
  typename Ops::Repeated pass_;
  Value* weights_ = nullptr;  // what the ops multiply with: the parameters, or a copy of them
  Token *inputs_, *targets_;
  Value *cosines_, *sines_;
  std::vector<Matrix<Value>> stream_;  // the residual stream before each layer, and after the last
  std::vector<Layer> layers_;
  Matrix<Value> qkv_, normed_, dnormed_, dx_, dx0_, dhidden_;
  Value *dq_, *dk_, *dv_, *dgates_;
  Master *embedding_inverse_, *inverse_, *losses_;
};

}  // namespace trainer
