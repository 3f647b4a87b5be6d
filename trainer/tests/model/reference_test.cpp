// Losses, gradients and two optimizer steps of a small model against numbers of an independent
// implementation (reference.py), which shares no code with ours.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "trainer/model/model.h"
#include "trainer/ops/cpu/cpu_ops.h"
#include "trainer/optim/optimizer.h"
#include "trainer/tests/model/reference_values.h"

using namespace trainer;

namespace {

using Ops = CpuOps<double>;
constexpr std::int64_t kTokens = 24;

double scale_of(const ParameterSpec& spec) {
  if (spec.name == "wte") return 1.0;
  if (spec.name == "head") return 0.2;
  if (spec.name.ends_with(".ve")) return 0.5;
  if (spec.name.ends_with(".gate")) return 0.3;
  if (spec.name.ends_with(".o") || spec.name.ends_with(".proj")) return 0.08;
  if (spec.kind == ParameterKind::kLambda) return 0.1;
  if (spec.kind == ParameterKind::kMu) return 0.05;
  return 0.12;
}

double offset_of(const ParameterSpec& spec) {
  if (spec.kind == ParameterKind::kLambda) return 1.0;
  return spec.kind == ParameterKind::kMu ? 0.1 : 0.0;
}

class Reference : public testing::Test {
 protected:
  Reference()
      : pool_(2),
        ops_(pool_, cpu::double_kernels()),
        model_(ops_,
               {.depth = 4,
                .width = 64,
                .head_dim = 32,
                .context = 12,
                .vocabulary = 24,
                .window_pattern = "SSSL"},
               2),
        optimizer_(ops_, model_, {}) {
    const std::vector<ParameterSpec>& specs = model_.list().specs;
    for (std::size_t p = 0; p < specs.size(); ++p) {
      for (std::int64_t k = 0; k < specs[p].size(); ++k) {
        const double angle = 0.7 * static_cast<double>(k) + 1.3 * static_cast<double>(p) +
                             0.01 * static_cast<double>(k * k % 97);
        model_.parameters()[specs[p].offset + k] =
            offset_of(specs[p]) + scale_of(specs[p]) * std::sin(angle);
      }
    }
    for (std::int64_t n = 0; n < kTokens; ++n) {
      inputs_.push_back(static_cast<Token>((7 * n + 3 * (n * n % 11)) % 24));
      targets_.push_back(static_cast<Token>((5 * n + 2 * (n * n % 13) + 1) % 24));
      inputs2_.push_back((inputs_.back() + 5) % 24);
      targets2_.push_back((targets_.back() + 3) % 24);
    }
  }

  // The mean loss of both micro-batches; the model then holds its gradient.
  double gradients() {
    model_.zero_gradients();
    const double scale = 1.0 / (2 * kTokens);
    const double sum = model_.forward_backward(inputs_, targets_, scale) +
                       model_.forward_backward(inputs2_, targets2_, scale);
    return sum * scale;
  }

  // `relative` to the tensor's norm.
  void expect_near(const double* array, const reference::Tensor& wanted, double relative) {
    const ParameterSpec& spec = model_.list()[wanted.name];
    const double* values = array + spec.offset;
    const std::int64_t n = spec.size();
    double squares = 0;
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      squares += values[i] * values[i];
      sum += values[i];
    }
    const double near = relative * wanted.norm;
    EXPECT_NEAR(std::sqrt(squares), wanted.norm, near) << wanted.name;
    EXPECT_NEAR(sum, wanted.sum, near * std::sqrt(static_cast<double>(n))) << wanted.name;
    const std::int64_t at[] = {0, n / 3, n / 2, 2 * n / 3, n - 1};
    for (int i = 0; i < 5; ++i) {
      EXPECT_NEAR(values[at[i]], wanted.samples[i], near) << wanted.name << "[" << at[i] << "]";
    }
  }

  ThreadPool pool_;
  Ops ops_;
  Model<Ops> model_;
  Optimizer<Ops> optimizer_;
  std::vector<Token> inputs_, targets_, inputs2_, targets2_;
};

}  // namespace

TEST_F(Reference, LossesAgree) {
  const auto losses = model_.losses(inputs_, targets_);
  for (std::size_t n = 0; n < kTokens; ++n) EXPECT_NEAR(losses[n], reference::kLosses[n], 1e-6);
}

TEST_F(Reference, GradientsAgree) {
  EXPECT_NEAR(gradients(), reference::kMeanLosses[0], 1e-7);
  for (const auto& wanted : reference::kGradients) expect_near(model_.gradients(), wanted, 1e-6);
}

TEST_F(Reference, TwoStepsAgree) {
  gradients();
  optimizer_.step(0, 0.25);
  for (const auto& wanted : reference::kAfterStep1) expect_near(model_.parameters(), wanted, 1e-6);
  EXPECT_NEAR(gradients(), reference::kMeanLosses[1], 1e-6);
  optimizer_.step(1, 0.25);
  for (const auto& wanted : reference::kAfterStep2) expect_near(model_.parameters(), wanted, 1e-5);
  EXPECT_NEAR(gradients(), reference::kMeanLosses[2], 1e-5);
}
