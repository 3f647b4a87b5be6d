// Matrices of floats, row-major: the one product that the model needs, and weights that Adam
// trains.
#pragma once
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using Floats = std::vector<float>;
using Lanes = float __attribute__((vector_size(64), aligned(4), may_alias));  // 16 floats

// c (m, n) += a (m, k) b (k, n). Element (i, p) of a lies at a[i * down + p * right], so a may be
// read transposed. Eight rows of 16 columns stay in registers; n is a multiple of 16.
inline void multiply(int m, int n, int k, const float* a, int down, int right, const float* b,
                     float* c) {
  const auto block = [=]<int kRows>(int i, int j) {
    Lanes sum[kRows] = {};
    for (int p = 0; p < k; ++p) {
      const Lanes row = *reinterpret_cast<const Lanes*>(b + p * n + j);
      for (int r = 0; r < kRows; ++r) sum[r] += a[(i + r) * down + p * right] * row;
    }
    for (int r = 0; r < kRows; ++r) *reinterpret_cast<Lanes*>(c + (i + r) * n + j) += sum[r];
  };
  for (int j = 0; j < n; j += 16) {
    int i = 0;
    for (; i + 8 <= m; i += 8) block.template operator()<8>(i, j);
    for (; i < m; ++i) block.template operator()<1>(i, j);
  }
}

// A trained matrix, its gradient, and Adam's two moments (Kingma and Ba 2015, with beta2 0.98).
struct Weights {
  Weights(int rows, int columns, double deviation, std::mt19937& random)
      : rows(rows),
        columns(columns),
        value(std::size_t(rows) * columns),
        gradient(value.size()),
        mean(value.size()),
        square(value.size()) {
    std::normal_distribution<float> normal(0, 1);
    for (float& weight : value) weight = static_cast<float>(deviation) * normal(random);
  }

  void update(float lr, long step) {
    const float mean_scale = 1 / (1 - std::pow(0.9F, step));
    const float square_scale = 1 / (1 - std::pow(0.98F, step));
    for (std::size_t i = 0; i < value.size(); ++i) {
      mean[i] += 0.1F * (gradient[i] - mean[i]);
      square[i] += 0.02F * (gradient[i] * gradient[i] - square[i]);
      value[i] -= lr * mean[i] * mean_scale / (std::sqrt(square[i] * square_scale) + 1e-8F);
      gradient[i] = 0;
    }
  }

  Floats transposed() const {
    Floats result(value.size());
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) result[j * rows + i] = value[i * columns + j];
    }
    return result;
  }

  int rows, columns;
  Floats value, gradient, mean, square;
};
