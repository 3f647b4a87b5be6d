// The maths of one row or one element, as both op sets use it: what a CPU test proves of these
// holds for the CUDA kernels built from them. C++20, no allocation, no library but <cmath>.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

// Always inlined: the CPU kernels are compiled once for each instruction set, and a shared copy of
// a function would carry one set's instructions into another's.
#if defined(__CUDACC__)
#define TRAINER_ROW __host__ __device__ __forceinline__
#else
#define TRAINER_ROW __attribute__((always_inline)) inline
#endif

namespace trainer {

inline constexpr double kNormEpsilon = 1.19e-7;  // inside the root of every RMS norm
inline constexpr int kGateChannels = 32;         // of the normed input, which a value gate reads

// e^x for floats, in steps that vectorise; x is clamped to +-87. Relative error below 2e-6 over
// that range, 3e-7 for |x| < 1. Holds with reordered sums: it rounds by converting, not by adding
// 2^23. Source: range reduction after Cody and Waite; polynomial of Cephes' expf.
template <class Real>
TRAINER_ROW Real exponential(Real x) {
  if constexpr (!std::is_same_v<Real, float>) {
    return std::exp(x);
  } else {
#if defined(__CUDA_ARCH__)
    return __expf(x);
#else
    x = x < -87.0F ? -87.0F : x > 87.0F ? 87.0F : x;
    const float scaled = x * 1.44269504F;
    const auto whole = static_cast<std::int32_t>(scaled + (scaled < 0 ? -0.5F : 0.5F));
    const auto power = static_cast<float>(whole);
    const float rest = (x - power * 0.693359375F) + power * 2.12194440e-4F;
    float sum = 1.9875691500e-4F;
    sum = sum * rest + 1.3981999507e-3F;
    sum = sum * rest + 8.3334519073e-3F;
    sum = sum * rest + 4.1665795894e-2F;
    sum = sum * rest + 1.6666665459e-1F;
    sum = sum * rest + 5.0000001201e-1F;
    sum = sum * rest * rest + rest + 1.0F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(sum) +
                                (static_cast<std::uint32_t>(whole) << 23));
#endif
  }
}

// 1 / sqrt(mean square + epsilon) of a row whose squares sum to `squares`.
template <class Real>
TRAINER_ROW Real inverse_rms(Real squares, std::int64_t columns) {
  return Real(1) /
         std::sqrt(squares / static_cast<Real>(columns) + static_cast<Real>(kNormEpsilon));
}

// One element of the gradient of y = x r, r the inverse RMS: dx = r (dy - y mean(y dy)).
template <class Real>
TRAINER_ROW Real norm_gradient(Real y, Real dy, Real mean_y_dy, Real inverse) {
  return inverse * (dy - y * mean_y_dy);
}

// tanh(x). The softcapped logit of z is cap tanh(z / cap).
template <class Real>
TRAINER_ROW Real tanh(Real x) {
  const Real power = exponential(x * Real(2));
#if defined(__CUDA_ARCH__)
  return 1 - __fdividef(2, 1 + power);
#else
  return Real(1) - Real(2) / (Real(1) + power);
#endif
}

// d loss / d z of one logit, given its tanh, its probability and whether it is the target.
template <class Real>
TRAINER_ROW Real softcap_gradient(Real tanh, Real probability, bool is_target) {
  return (probability - static_cast<Real>(is_target)) * (Real(1) - tanh * tanh);
}

template <class Real>
TRAINER_ROW Real relu_squared(Real h) {
  const Real positive = h > 0 ? h : Real(0);
  return positive * positive;
}

// d relu(h)^2 / d h from a = relu(h)^2, which is all that is kept: 2 relu(h) = 2 sqrt(a).
template <class Real>
TRAINER_ROW Real relu_squared_slope(Real a) {
  return Real(2) * std::sqrt(a);
}

// A value gate: 2 sigmoid(z).
template <class Real>
TRAINER_ROW Real value_gate(Real z) {
  return Real(2) / (Real(1) + exponential(-z));
}

// d gate / d z from the gate itself.
template <class Real>
TRAINER_ROW Real value_gate_slope(Real gate) {
  return gate * (Real(1) - gate / Real(2));
}

// Rotary position embedding of a pair half a head apart: y1 = x1 c + x2 s, y2 = -x1 s + x2 c.
template <class Real>
TRAINER_ROW Real rotate_first(Real x1, Real x2, Real cosine, Real sine) {
  return x1 * cosine + x2 * sine;
}
template <class Real>
TRAINER_ROW Real rotate_second(Real x1, Real x2, Real cosine, Real sine) {
  return x2 * cosine - x1 * sine;
}

// One AdamW step without weight decay. `rate` = lr / (1 - beta1^t), `correction` = 1 - beta2^t.
struct AdamStep {
  double rate, beta1, beta2, correction, epsilon;
};
template <class Real>
TRAINER_ROW void adam(const AdamStep& step, Real gradient, Real& parameter, Real& mean,
                      Real& square) {
  mean += (gradient - mean) * static_cast<Real>(1 - step.beta1);
  square += (gradient * gradient - square) * static_cast<Real>(1 - step.beta2);
  const Real root = std::sqrt(square * static_cast<Real>(1 / step.correction));
  parameter -= static_cast<Real>(step.rate) * mean / (root + static_cast<Real>(step.epsilon));
}

// The last step of Muon with cautious weight decay: p -= rate x + rate decay p [x p >= 0].
template <class Real>
TRAINER_ROW Real cautious_step(Real parameter, Real update, Real rate, Real decay) {
  const Real shrink = update * parameter >= 0 ? decay * parameter : Real(0);
  return parameter - rate * (update + shrink);
}

}  // namespace trainer
