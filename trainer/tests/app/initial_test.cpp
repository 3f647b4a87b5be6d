// The parameters before the first step.
#include "trainer/model/initial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace trainer;

namespace {

constexpr ModelShape kShape = {
    .depth = 2, .width = 128, .head_dim = 64, .context = 32, .vocabulary = 512};

class Initial : public testing::Test {
 protected:
  static std::vector<float> tensor(const std::string& name, const ModelShape& shape = kShape,
                                   const InitialOptions& options = {}, std::uint64_t seed = 42) {
    const ParameterList list = parameters_of(shape);
    const ParameterSpec& spec = list[name];
    const std::vector<float> all = initial_parameters(shape, options, seed);
    EXPECT_EQ(static_cast<std::int64_t>(all.size()), list.total);
    return {all.begin() + spec.offset, all.begin() + spec.offset + spec.size()};
  }
  static double mean(const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  static double deviation(const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += double{value} * value;
    return std::sqrt(sum / static_cast<double>(values.size()));
  }
  static float largest(const std::vector<float>& values) {
    return std::ranges::max(values, {}, [](float x) { return std::abs(x); });
  }
  // Uniform in +-sqrt(3 / 128) = +-0.15309, whose deviation is 1 / sqrt(128) = 0.08839.
  static void expect_uniform(const std::vector<float>& values) {
    EXPECT_NEAR(deviation(values), 0.08839, 0.001);
    EXPECT_NEAR(mean(values), 0, 0.0015);
    EXPECT_LE(std::abs(largest(values)), 0.15310F);
    EXPECT_GT(std::abs(largest(values)), 0.1530F);
  }
};

}  // namespace

TEST_F(Initial, TheEmbeddingIsNormalWithDeviationOne) {
  const std::vector<float> values = tensor("wte");
  EXPECT_NEAR(deviation(values), 1, 0.01);
  EXPECT_NEAR(mean(values), 0, 0.015);
  EXPECT_GT(largest(values), 3.5F);  // no uniform distribution of that deviation reaches it
}

TEST_F(Initial, TheHeadIsNormalWithAThousandthOfIt) {
  const std::vector<float> values = tensor("head");
  EXPECT_NEAR(deviation(values), 0.001, 0.00001);
  EXPECT_GT(largest(values), 0.0035F);
}

TEST_F(Initial, MatricesOfTheNormedInputAndValueEmbeddingsAreUniform) {
  for (const char* name : {"h0.qkv", "h1.qkv", "h0.fc", "h1.ve"}) {
    SCOPED_TRACE(name);
    expect_uniform(tensor(name));
  }
}

TEST_F(Initial, MatricesIntoTheResidualStreamAndGatesAreZero) {
  for (const char* name : {"h0.o", "h0.proj", "h1.o", "h1.proj", "h1.gate"}) {
    EXPECT_EQ(largest(tensor(name)), 0) << name;
  }
}

TEST_F(Initial, TheWeightsOfTheLayersAreWhatTheOptionsSay) {
  EXPECT_EQ(tensor("resid_lambda"), (std::vector<float>{1, 1}));
  EXPECT_EQ(tensor("x0_lambda"), (std::vector<float>{0.1F, 0.1F}));
  EXPECT_EQ(tensor("resid_lambda", kShape, {.lambda = 0.5}), (std::vector<float>{0.5F, 0.5F}));
  EXPECT_EQ(tensor("x0_lambda", kShape, {.mu = -1}), (std::vector<float>{-1, -1}));
}

TEST_F(Initial, TheOptionsScaleEmbeddingAndHead) {
  EXPECT_NEAR(deviation(tensor("wte", kShape, {.embedding = 0.3})), 0.3, 0.003);
  EXPECT_NEAR(deviation(tensor("head", kShape, {.head = 2})), 2, 0.02);
  EXPECT_EQ(largest(tensor("head", kShape, {.head = 0})), 0);
}

TEST_F(Initial, NoTensorMovesWhenTheVocabularyGrows) {
  ModelShape larger = kShape;
  larger.vocabulary = 1024;
  for (const char* name : {"h0.qkv", "h1.fc", "resid_lambda"}) {
    EXPECT_EQ(tensor(name), tensor(name, larger)) << name;
  }
  for (const char* name : {"wte", "head", "h1.ve"}) {  // those with a row a token begin alike
    const std::vector<float> small = tensor(name), large = tensor(name, larger);
    EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin())) << name;
  }
}

TEST_F(Initial, NoTensorMovesWhenALayerIsAdded) {
  ModelShape deeper = kShape;
  deeper.depth = 4;
  for (const char* name : {"wte", "head", "h0.qkv", "h1.fc"}) {
    EXPECT_EQ(tensor(name), tensor(name, deeper)) << name;
  }
}

TEST_F(Initial, NoTwoTensorsOrSeedsAreAlike) {
  EXPECT_NE(tensor("h0.qkv"), tensor("h1.qkv"));
  EXPECT_NE(tensor("wte"), tensor("wte", kShape, {}, 43));
  const std::vector<float> wte = tensor("wte"), head = tensor("head");
  EXPECT_GT(std::abs(wte[0] * 0.001F - head[0]), 1e-6F);
  EXPECT_EQ(wte, tensor("wte"));
}
