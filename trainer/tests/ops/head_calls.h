// The ops of attention heads and those of the optimizers as functions from arrays to arrays; see
// calls.h.
#pragma once
#include <numbers>

#include "trainer/tests/ops/arrays.h"

namespace trainer {

// Heads out of qkv, with value embeddings and gates where `tokens` is not empty.
struct SplitHeads {
  HeadShape shape;
  Tokens tokens;
  std::int64_t vocabulary = 0;

  bool is_gated() const { return !tokens.empty(); }
  std::int64_t n() const { return shape.tokens(); }
  std::int64_t size() const { return shape.tokens() * shape.width(); }

  Arrays inputs() const {
    Arrays in = {{"qkv", random_numbers(1, 3 * size())},
                 {"dq", random_numbers(2, size())},
                 {"dk", random_numbers(3, size())},
                 {"dv", random_numbers(4, size())},
                 {"gate_weight", random_numbers(5, shape.heads * kGateChannels)},
                 {"input", random_numbers(6, size())},
                 {"embedding", random_numbers(7, vocabulary * shape.width())}};
    for (const double angle :
         random_numbers(8, shape.time * shape.head_dim / 2, std::numbers::pi)) {
      in["cosines"].push_back(static_cast<float>(std::cos(angle)));
      in["sines"].push_back(static_cast<float>(std::sin(angle)));
    }
    return in;
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.heads(op(call, {call.in("qkv"), n(), 3 * shape.width()}));
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const Heads<typename Ops::Value, typename Ops::Master> heads =
        op(call, {call.in("qkv"), n(), 3 * shape.width()});
    ops.heads(heads);
    HeadsBackward<typename Ops::Value, typename Ops::Master> gradient = {
        .dq = call.in("dq"),
        .dk = call.in("dk"),
        .dv = call.in("dv"),
        .dqkv = {call.out("dqkv", 3 * size()), n(), 3 * shape.width()}};
    if (is_gated()) {
      gradient.dgates = call.out("dgates", n() * shape.heads);
      gradient.dgate_weight = {call.sum("dgate_weight", heads.gate_weight.size()), shape.heads,
                               kGateChannels};
    }
    ops.heads_backward(heads, gradient);
    if (is_gated()) gates_backward(ops, call, heads, gradient);
    return call.results();
  }

 private:
  template <class Ops>
  Heads<typename Ops::Value, typename Ops::Master> op(Call<Ops>& call,
                                                      Matrix<typename Ops::Value> qkv) const {
    Heads<typename Ops::Value, typename Ops::Master> op = {
        .shape = shape,
        .cosines = call.in("cosines"),
        .sines = call.in("sines"),
        .qkv = qkv,
        .q = call.out("q", size()),
        .k = call.out("k", size()),
        .v = call.out("v", size()),
        .q_inverse = call.out("q_inverse", n() * shape.heads),
        .k_inverse = call.out("k_inverse", n() * shape.heads)};
    if (!is_gated()) return op;
    op.gates = call.out("gates", n() * shape.heads);
    op.tokens = call.tokens(tokens);
    op.embedding = {call.in("embedding"), vocabulary, shape.width()};
    op.gate_weight = {call.in("gate_weight"), shape.heads, kGateChannels};
    op.input = {call.in("input"), n(), shape.width()};
    return op;
  }
  template <class Ops>
  void gates_backward(
      Ops& ops, Call<Ops>& call, const Heads<typename Ops::Value, typename Ops::Master>& heads,
      const HeadsBackward<typename Ops::Value, typename Ops::Master>& gradient) const {
    ops.gate_input_backward(gradient.dgates, heads.gate_weight,
                            {call.sum("dinput", size()), n(), shape.width()});
    const std::int64_t width = shape.width();
    ops.value_embedding_backward(ops.sort_tokens(call.tokens(tokens), n(), vocabulary), heads,
                                 gradient.dv,
                                 {call.sum("dembedding", vocabulary * width), vocabulary, width});
  }
};

// Attention over heads whose q and k are about sqrt(D) long.
struct Attend {
  HeadShape shape;
  std::int64_t window;

  std::int64_t size() const { return shape.tokens() * shape.width(); }
  Arrays inputs() const {
    return {{"q", random_numbers(1, size(), 1.75)},
            {"k", random_numbers(2, size(), 1.75)},
            {"v", random_numbers(3, size())},
            {"dy", random_numbers(4, size())}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.attention(op(call));
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.attention(op(call));
    ops.attention_backward(op(call), {.dy = {call.in("dy"), shape.tokens(), shape.width()},
                                      .dq = call.out("dq", size()),
                                      .dk = call.out("dk", size()),
                                      .dv = call.out("dv", size())});
    return call.results();
  }

 private:
  template <class Ops>
  Attention<typename Ops::Value, typename Ops::Master> op(Call<Ops>& call) const {
    return {.shape = shape,
            .window = window,
            .q = call.in("q"),
            .k = call.in("k"),
            .v = call.in("v"),
            .y = {call.out("y", size()), shape.tokens(), shape.width()},
            .log_sum = call.out("log_sum", shape.tokens() * shape.heads)};
  }
};

struct Adam {
  std::int64_t n;
  AdamStep step = {
      .rate = 0.25, .beta1 = 0.75, .beta2 = 0.9375, .correction = 0.5, .epsilon = 1e-10};

  Arrays inputs() const {
    Numbers squares = random_numbers(4, n);
    for (double& x : squares) x = std::abs(x);
    return {{"parameter", random_numbers(1, n)},
            {"gradient", random_numbers(2, n)},
            {"mean", random_numbers(3, n)},
            {"square", squares}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.adam(step, {call.changed("parameter"), 1, n}, call.in("gradient"), call.changed("mean"),
             call.changed("square"));
    return call.results();
  }
};

// One step of Muon on matrices of one shape: "parameter0", "gradient0", "momentum0", "second0", ...
struct Muon {
  std::int64_t rows, columns;
  int matrices = 1;
  MuonStep step = {.rate = 0.0625, .momentum = 0.875, .decay = 0.25, .beta2 = 0.9375};

  Arrays inputs() const {
    Arrays in;
    for (int i = 0; i < matrices; ++i) {
      const auto stream = static_cast<std::uint64_t>(4 * i);
      in[numbered("parameter", i)] = random_numbers(stream, rows * columns);
      in[numbered("gradient", i)] = random_numbers(stream + 1, rows * columns);
      in[numbered("momentum", i)] = random_numbers(stream + 2, rows * columns);
      in[numbered("second", i)] = random_numbers(stream + 3, std::max(rows, columns));
      for (double& x : in[numbered("second", i)]) x = 0.125 + std::abs(x);
    }
    return in;
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    std::vector<MuonMatrix<typename Ops::Master>> all;
    for (int i = 0; i < matrices; ++i) {
      all.push_back({.parameter = {call.changed(numbered("parameter", i)), rows, columns},
                     .gradient = {call.in(numbered("gradient", i)), rows, columns},
                     .momentum = {call.changed(numbered("momentum", i)), rows, columns},
                     .second = call.changed(numbered("second", i))});
    }
    ops.muon(all, step);
    return call.results();
  }

 private:
  static std::string numbered(const char* name, int i) { return name + std::to_string(i); }
};

}  // namespace trainer
