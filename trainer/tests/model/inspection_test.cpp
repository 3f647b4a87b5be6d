// Poison in one place of a model: the first tensor that it spoils is named.
#include "trainer/model/inspection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "trainer/model/initial.h"
#include "trainer/ops/cpu/cpu_ops.h"

using namespace trainer;

namespace {

constexpr ModelShape kShape = {
    .depth = 3, .width = 64, .head_dim = 32, .context = 8, .vocabulary = 16};
constexpr float kHuge = 1e30F;  // whose square is infinite
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class Inspection : public testing::Test {
 protected:
  Inspection() {
    const auto initial = initial_parameters(kShape, {}, 42);
    ops_.copy_in(model_.parameters(), initial.data(), model_.list().total);
  }
  // All numbers of the parameter that stand at or behind `from`.
  void set(const std::string& name, float value, std::int64_t from = 0) {
    const ParameterSpec& spec = model_.list()[name];
    std::fill(model_.parameters() + spec.offset + from,
              model_.parameters() + spec.offset + spec.size(), value);
  }
  // "NAME: COUNT of SIZE", or "finite".
  std::string first() {
    const auto found = first_not_finite(ops_, model_, tokens_, tokens_);
    if (!found) return "finite";
    return found->name.data() + (": " + std::to_string(found->count)) + " of " +
           std::to_string(found->size);
  }

  ThreadPool pool_{1};
  CpuOps<float> ops_{pool_, cpu::kernels(Isa::kBaseline)};
  Model<CpuOps<float>> model_{ops_, kShape, 1};
  std::vector<Token> tokens_ = {0, 1, 2, 3, 4, 5, 6, 7};
};

}  // namespace

TEST_F(Inspection, InAGoodModelThereIsNothing) { EXPECT_EQ(first(), "finite"); }

TEST_F(Inspection, AParameterIsNamedWithItsNumbers) {
  set("h2.fc", kNan, kShape.width * kShape.hidden() - 5);
  set("head", kNan);
  EXPECT_EQ(first(), "parameter head: 1024 of 1024");
  set("head", 0);
  EXPECT_EQ(first(), "parameter h2.fc: 5 of 16384");
}

// Four of the hidden channels overflow for each of eight tokens.
TEST_F(Inspection, AFiniteWeightThatOverflowsIsNamedByWhatItSpoils) {
  set("h1.fc", kHuge, kShape.width * (kShape.hidden() - 4));
  const std::string found = first();
  EXPECT_TRUE(found.starts_with("hidden of layer 1: ")) << found;
  EXPECT_TRUE(found.ends_with(" of 2048")) << found;
}

TEST_F(Inspection, AnInputThatIsScaledTooFarIsNamed) {
  set("x0_lambda", std::numeric_limits<float>::max(), 2);
  const std::string found = first();
  EXPECT_TRUE(found.starts_with("mixed stream of layer 2: ")) << found;
}

// x stands twice in the first layer's stream and takes itself away, so 0 goes on; the gradient of x
// does not.
TEST_F(Inspection, AGradientIsNamedWhereAllThatLeadsToTheLossIsFinite) {
  const float large = std::ldexp(1.0F, 126);
  set("resid_lambda", std::ldexp(1.0F, 40));
  model_.parameter(model_.list()["resid_lambda"]).data[0] = large;
  model_.parameter(model_.list()["x0_lambda"]).data[0] = -large;
  EXPECT_EQ(first(), "gradient of the stream of layer 0: 512 of 512");
}
