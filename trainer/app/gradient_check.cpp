#include "trainer/app/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "trainer/core/philox.h"
#include "trainer/model/model.h"
#include "trainer/ops/cpu/cpu_ops.h"

namespace trainer {
namespace {

constexpr std::int64_t kBatch = 2;
constexpr double kStep = 5e-5;

struct Slopes {
  double gradient, difference;
};

// Every tensor is random, so that no gradient is zero at the start.
void randomise(Model<CpuOps<double>>& model) {
  std::uint64_t before = 0;  // numbers of earlier tensors, wherever those lie
  for (const ParameterSpec& spec : model.list().specs) {
    Philox random(7, before);
    before += static_cast<std::uint64_t>(spec.size());
    const bool is_weight = spec.kind == ParameterKind::kLambda || spec.kind == ParameterKind::kMu;
    for (std::int64_t i = 0; i < spec.size(); ++i) {
      model.parameters()[spec.offset + i] =
          is_weight ? random.uniform() : 0.3 * random.normals()[0];
    }
  }
}

// Central differences of the fourth order.
template <class Loss>
double slope(double& parameter, const Loss& loss) {
  const double kept = parameter;
  const auto difference = [&](double step) {
    parameter = kept + step;
    const double above = loss();
    parameter = kept - step;
    const double below = loss();
    parameter = kept;
    return (above - below) / (2 * step);
  };
  return (4 * difference(kStep / 2) - difference(kStep)) / 3;
}

}  // namespace

std::vector<GradientError> check_gradients(const ModelShape& shape, int samples) {
  ThreadPool pool(available_cpus());
  CpuOps<double> ops(pool, cpu::double_kernels());
  Model<CpuOps<double>> model(ops, shape, kBatch);
  randomise(model);
  Philox random(11, 0);
  const auto vocabulary = static_cast<std::uint32_t>(shape.vocabulary);
  std::vector<Token> inputs, targets;
  for (std::int64_t n = 0; n < model.tokens(); ++n) {
    inputs.push_back(static_cast<Token>(random.below(vocabulary)));
    targets.push_back(static_cast<Token>(random.below(vocabulary)));
  }
  const auto loss = [&] {
    const auto losses = model.losses(inputs, targets);
    return ops.sum(losses.data(), model.tokens());
  };
  model.zero_gradients();
  model.forward_backward(inputs, targets, 1);
  std::vector<GradientError> errors;
  for (const ParameterSpec& spec : model.list().specs) {
    const double* const gradient = model.gradient(spec).data;
    std::vector<Slopes> slopes;
    double largest = 0;
    for (int i = 0; i < samples; ++i) {
      const auto at =
          static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(spec.size())));
      slopes.push_back({gradient[at], slope(model.parameter(spec).data[at], loss)});
      largest = std::max(largest, std::abs(gradient[at]));
    }
    GradientError error = {.parameter = spec.name};
    for (const Slopes& s : slopes) {
      const double size = std::max(std::abs(s.gradient), 0.1 * largest);
      error.worst =
          std::max(error.worst, size > 0 ? std::abs(s.gradient - s.difference) / size : 0);
    }
    errors.push_back(error);
  }
  return errors;
}

}  // namespace trainer
