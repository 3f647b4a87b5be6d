// Ops of rows and matrices as functions from arrays to arrays, forward and backward; those of the
// attention heads are in head_calls.h. backward() runs the forward ops first, for what they keep.
#pragma once
#include <algorithm>

#include "trainer/tests/ops/arrays.h"

namespace trainer {

// y = x w^T.
struct Linear {
  std::int64_t rows, columns, depth;  // of y, and of what is summed over

  Arrays inputs() const {
    return {{"x", random_numbers(1, rows * depth)},
            {"w", random_numbers(2, columns * depth)},
            {"dy", random_numbers(3, rows * columns)}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const Matrix<typename Ops::Value> x = {call.in("x"), rows, depth},
                                      w = {call.in("w"), columns, depth};
    ops.linear(x, w, {call.out("y", rows * columns), rows, columns}, false);
    ops.linear(x, w, {call.sum("y_added", rows * columns), rows, columns}, true);
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const Matrix<typename Ops::Value> dy = {call.in("dy"), rows, columns};
    ops.linear_backward_input(dy, {call.in("w"), columns, depth},
                              {call.out("dx", rows * depth), rows, depth});
    ops.linear_backward_weight(dy, {call.in("x"), rows, depth},
                               {call.sum("dw", columns * depth), columns, depth});
    return call.results();
  }
};

// a = relu(x w1^T)^2, y = a w2^T. x and w1 are odd multiples of 1/4: where `width` is odd, so is
// each sum 16 x w1, and no relu is within 1/16 of its kink.
struct Mlp {
  std::int64_t rows, width, hidden;

  static Numbers odd_quarters(std::uint64_t stream, std::int64_t n) {
    Numbers numbers = random_numbers(stream, n, 4);
    for (double& x : numbers) x = (2 * std::floor(x) + 1) / 4;
    return numbers;
  }
  Arrays inputs() const {
    return {{"x", odd_quarters(1, rows * width)},
            {"w1", odd_quarters(2, hidden * width)},
            {"w2", random_numbers(3, width * hidden)},
            {"dy", random_numbers(4, rows * width)}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    run_forward(ops, call);
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const Matrix<typename Ops::Value> a = run_forward(ops, call), x = {call.in("x"), rows, width};
    const Matrix<typename Ops::Value> dy = {call.in("dy"), rows, width};
    const Matrix<typename Ops::Value> w1 = {call.in("w1"), hidden, width},
                                      w2 = {call.in("w2"), width, hidden};
    const Matrix<typename Ops::Value> dh = {call.out("dh", rows * hidden), rows, hidden};
    ops.linear_backward_relu_squared(dy, w2, a, dh);
    ops.linear_backward_weight(dy, a, {call.sum("dw2", w2.size()), width, hidden});
    ops.linear_backward_input(dh, w1, {call.out("dx", x.size()), rows, width});
    ops.linear_backward_weight(dh, x, {call.sum("dw1", w1.size()), hidden, width});
    return call.results();
  }

 private:
  template <class Ops>
  Matrix<typename Ops::Value> run_forward(Ops& ops, Call<Ops>& call) const {
    const Matrix<typename Ops::Value> a = {call.out("a", rows * hidden), rows, hidden};
    ops.linear_relu_squared({call.in("x"), rows, width}, {call.in("w1"), hidden, width}, a);
    ops.linear(a, {call.in("w2"), width, hidden}, {call.out("y", rows * width), rows, width},
               false);
    return a;
  }
};

// y += x.
struct Add {
  std::int64_t rows, columns;

  Arrays inputs() const {
    return {{"x", random_numbers(1, rows * columns)}, {"y", random_numbers(2, rows * columns)}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.add({call.in("x"), rows, columns}, {call.changed("y"), rows, columns});
    return call.results();
  }
};

// y = norm(x). dx is set; the same gradient is added to "dx_added".
struct Norm {
  std::int64_t rows, columns;

  Arrays inputs() const {
    return {{"x", random_numbers(1, rows * columns)}, {"dy", random_numbers(2, rows * columns)}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.norm({call.in("x"), rows, columns}, {call.out("y", rows * columns), rows, columns},
             call.out("inverse", rows));
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const std::int64_t n = rows * columns;
    const Matrix<typename Ops::Value> y = {call.out("y", n), rows, columns},
                                      dy = {call.in("dy"), rows, columns};
    typename Ops::Master* const inverse = call.out("inverse", rows);
    ops.norm({call.in("x"), rows, columns}, y, inverse);
    ops.norm_backward(y, inverse, dy, {call.out("dx", n), rows, columns}, false);
    ops.norm_backward(y, inverse, dy, {call.sum("dx_added", n), rows, columns}, true);
    return call.results();
  }
};

// mixed = lambda x + mu x0, y = norm(mixed); the loss sees both.
struct Mix {
  std::int64_t rows, columns;

  Arrays inputs() const {
    const std::int64_t n = rows * columns;
    return {{"x", random_numbers(1, n)},  {"x0", random_numbers(2, n)},
            {"dy", random_numbers(3, n)}, {"dmixed", random_numbers(4, n)},
            {"lambda", {0.75}},           {"mu", {-0.375}}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    run_forward(ops, call);
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const MixNorm<typename Ops::Value, typename Ops::Master> op = run_forward(ops, call);
    const std::int64_t n = rows * columns;
    ops.mix_norm_backward({.x = op.x,
                           .x0 = op.x0,
                           .y = op.y,
                           .inverse = op.inverse,
                           .lambda = op.lambda,
                           .mu = op.mu,
                           .dy = {call.in("dy"), rows, columns},
                           .dx = {call.changed("dx", "dmixed"), rows, columns},
                           .dx0 = {call.sum("dx0", n), rows, columns},
                           .dlambda = call.sum("dlambda", 1),
                           .dmu = call.sum("dmu", 1)});
    return call.results();
  }

 private:
  template <class Ops>
  MixNorm<typename Ops::Value, typename Ops::Master> run_forward(Ops& ops, Call<Ops>& call) const {
    const std::int64_t n = rows * columns;
    const MixNorm<typename Ops::Value, typename Ops::Master> op = {
        .x = {call.in("x"), rows, columns},
        .x0 = {call.in("x0"), rows, columns},
        .lambda = call.in("lambda"),
        .mu = call.in("mu"),
        .mixed = {call.out("mixed", n), rows, columns},
        .y = {call.out("y", n), rows, columns},
        .inverse = call.out("inverse", rows)};
    ops.mix_norm(op);
    return op;
  }
};

// y = norm(table[token]).
struct EmbedNorm {
  Tokens tokens;
  std::int64_t vocabulary, columns;

  std::int64_t rows() const { return static_cast<std::int64_t>(tokens.size()); }
  Arrays inputs() const {
    return {{"table", random_numbers(1, vocabulary * columns)},
            {"dy", random_numbers(2, rows() * columns)}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.embed_norm(call.tokens(tokens), {call.in("table"), vocabulary, columns},
                   {call.out("y", rows() * columns), rows(), columns}, call.out("inverse", rows()));
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    const Matrix<typename Ops::Value> y = {call.out("y", rows() * columns), rows(), columns};
    typename Ops::Master* const inverse = call.out("inverse", rows());
    ops.embed_norm(call.tokens(tokens), {call.in("table"), vocabulary, columns}, y, inverse);
    ops.embed_norm_backward(ops.sort_tokens(call.tokens(tokens), rows(), vocabulary), y, inverse,
                            {call.in("dy"), rows(), columns},
                            {call.sum("dtable", vocabulary * columns), vocabulary, columns});
    return call.results();
  }
};

// Cross-entropy of cap tanh(x weight^T / cap); "dlosses" holds one scale for all.
struct Losses {
  Tokens targets;
  std::int64_t width, vocabulary;
  double cap = 15;

  std::int64_t rows() const { return static_cast<std::int64_t>(targets.size()); }
  Arrays inputs() const {
    return {{"x", random_numbers(1, rows() * width, 2)},
            {"weight", random_numbers(2, vocabulary * width, 2)},
            {"dlosses", Numbers(targets.size(), 0.125)}};
  }
  template <class Ops>
  Arrays forward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.head_losses(op(call));
    return call.results();
  }
  template <class Ops>
  Arrays backward(Ops& ops, const Arrays& in) const {
    Call<Ops> call(ops, in);
    ops.head_losses_backward(
        op(call), {.scale = in.at("dlosses").front(),
                   .dx = {call.out("dx", rows() * width), rows(), width},
                   .dweight = {call.sum("dweight", vocabulary * width), vocabulary, width}});
    return call.results();
  }

 private:
  template <class Ops>
  HeadLoss<typename Ops::Value, typename Ops::Master> op(Call<Ops>& call) const {
    return {.x = {call.in("x"), rows(), width},
            .weight = {call.in("weight"), vocabulary, width},
            .targets = call.tokens(targets),
            .losses = call.out("losses", rows()),
            .cap = cap};
  }
};

}  // namespace trainer
