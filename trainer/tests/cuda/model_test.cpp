// The whole model and its optimizer on CUDA's op set against the CPU's.
#include "trainer/model/model.h"

#include "trainer/model/initial.h"
#include "trainer/model/inspection.h"
#include "trainer/optim/optimizer.h"
#include "trainer/tests/cuda/device_arrays.h"

using namespace trainer;

namespace {

const ModelShape kShape = {
    .depth = 2, .width = 64, .head_dim = 64, .context = 24, .vocabulary = 48, .mlp_ratio = 2};
constexpr std::int64_t kBatch = 2;

// A text with something to learn: each token is the one before it, times three, plus one in eight
// at random.
struct Text {
  Tokens inputs, targets;
  explicit Text(std::uint64_t stream) {
    Philox random(5, stream);
    Token token = 1;
    for (std::int64_t i = 0; i < kBatch * kShape.context; ++i) {
      inputs.push_back(token);
      token = random.below(8) == 0 ? static_cast<Token>(random.below(48)) : (3 * token + 1) % 48;
      targets.push_back(token);
    }
  }
};

template <class Ops>
std::vector<double> curve(Ops& ops, int steps) {
  Model<Ops> model(ops, kShape, kBatch);
  Optimizer<Ops> optimizer(ops, model, {});
  const auto initial = initial_parameters(kShape, {}, 42);
  ops.copy_in(model.parameters(), initial.data(), model.list().total);
  std::vector<double> losses;
  const double scale = 1.0 / static_cast<double>(model.tokens());
  for (int step = 0; step < steps; ++step) {
    const Text text(static_cast<std::uint64_t>(step));
    model.zero_gradients();
    losses.push_back(scale * model.forward_backward(text.inputs, text.targets, scale));
    optimizer.step(step, 0);
  }
  const Text text(0);
  model.losses(text.inputs, text.targets);  // as a run ends: it is judged
  return losses;
}

// On a device the whole curve; emulated a piece of it, which is enough for every kernel.
int steps() {
  const auto device = cuda::Device::open(0);
  return (*device)->facts().name == "emulated" ? 3 : 200;
}

}  // namespace

// bfloat16 moves single losses by some tenths of a percent; a wrong gradient moves the curve.
TEST(CudaModel, LearnsAsTheCpuDoes) {
  NEEDS_DEVICE();
  InDouble reference;
  OnDevice device;
  const auto wanted = curve(reference.ops, steps());
  const auto got = curve(device.ops, steps());
  double apart = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) apart += std::abs(got[i] - wanted[i]);
  EXPECT_LT(apart / static_cast<double>(wanted.size()), 0.02);
  EXPECT_LT(wanted.back(), wanted.front());
}

TEST(CudaModel, TwoRunsGiveTheSameBits) {
  NEEDS_DEVICE();
  OnDevice one, two;
  const int some = std::min(steps(), 20) / 2 + 1;
  EXPECT_EQ(curve(one.ops, some), curve(two.ops, some));
}

// Recorded in the second step, replayed from then on; the last pass has another scale.
TEST(CudaModel, ARecordedPassGivesTheSameBits) {
  NEEDS_DEVICE();
  const auto gradients = [](bool records) {
    OnDevice device;
    if (records) device.ops.record_graphs();
    Model<CudaOps> model(device.ops, kShape, kBatch);
    Optimizer<CudaOps> optimizer(device.ops, model, {});
    const auto initial = initial_parameters(kShape, {}, 42);
    device.ops.copy_in(model.parameters(), initial.data(), model.list().total);
    std::vector<double> losses;
    for (int step = 0; step < 3; ++step) {
      const Text text(static_cast<std::uint64_t>(step));
      losses.push_back(model.forward_backward(text.inputs, text.targets, 0.01));
      if (step == 0) optimizer.step(0, 0);  // works in memory that the pass works in, too
    }
    losses.push_back(model.forward_backward(Text(9).inputs, Text(9).targets, 0.02));
    std::vector<float> all(static_cast<std::size_t>(model.list().total));
    device.ops.copy_out(all.data(), model.gradients(), model.list().total);
    return std::pair(losses, all);
  };
  EXPECT_TRUE(gradients(true) == gradients(false));
}

// What a run will take, and its judging, is known beforehand, to the byte: a set of that size holds
// it.
TEST(CudaModel, APlannedRunTakesWhatTheRunTakes) {
  NEEDS_DEVICE();
  OnDevice device;
  CudaOps planned(*device.device, *device.multiplier, 0);
  curve(planned, 2);
  const std::int64_t bytes = planned.allocated_bytes();
  EXPECT_GT(bytes, parameters_of(kShape).total * 16);  // two moments, gradients, parameters
  CudaOps exact(*device.device, *device.multiplier, bytes);
  EXPECT_FALSE(curve(exact, 1).empty());
  EXPECT_EQ(exact.allocated_bytes(), bytes);
  CudaOps small(*device.device, *device.multiplier, bytes - 1);
  EXPECT_THROW(curve(small, 1), std::bad_alloc);
}

TEST(CudaModel, TheFirstTensorThatIsNotFiniteIsNamedWithItsNumbers) {
  NEEDS_DEVICE();
  OnDevice device;
  Model<CudaOps> model(device.ops, kShape, kBatch);
  const auto initial = initial_parameters(kShape, {}, 42);
  device.ops.copy_in(model.parameters(), initial.data(), model.list().total);
  const Text text(0);
  const auto first = [&] { return first_not_finite(device.ops, model, text.inputs, text.targets); };
  EXPECT_FALSE(first());

  const auto set = [&](const char* name, float value, std::int64_t count) {
    const std::vector<float> values(static_cast<std::size_t>(count), value);
    device.ops.copy_in(model.parameter(model.list()[name]).data, values.data(), count);
  };
  set("h1.fc", 1e30F, 64);  // of the first hidden channel, whose square is infinite or 0
  const auto hidden = first();
  ASSERT_TRUE(hidden);
  EXPECT_STREQ(hidden->name.data(), "hidden of layer 1");
  EXPECT_GT(hidden->count, 0);
  EXPECT_LE(hidden->count, kBatch * kShape.context);
  EXPECT_EQ(hidden->size, kBatch * kShape.context * kShape.hidden());

  set("h0.qkv", std::numeric_limits<float>::infinity(), 11);
  const auto parameter = first();
  ASSERT_TRUE(parameter);
  EXPECT_STREQ(parameter->name.data(), "parameter h0.qkv");
  EXPECT_EQ(parameter->count, 11);
}
