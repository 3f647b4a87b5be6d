#include "trainer/model/shape.h"

#include <gtest/gtest.h>

#include "trainer/tests/core/refusal.h"
#include "trainer/tests/model/reference_values.h"

using namespace trainer;

namespace {

const ModelShape kAutoresearch;
const ModelShape kTiny = {.depth = 4, .width = 64, .head_dim = 32, .context = 12, .vocabulary = 24};

}  // namespace

TEST(Shape, WidthIsRoundedUpToWholeHeads) {
  EXPECT_EQ(width_of(8, 64, 128), 512);
  EXPECT_EQ(width_of(5, 64, 128), 384);
  EXPECT_EQ(width_of(1, 1, 64), 64);
}

TEST(Shape, WindowsFollowThePatternAndTheLastLayerSeesAll) {
  const ModelShape shape = {.depth = 6, .context = 100, .window_pattern = "SL"};
  EXPECT_EQ(shape.window(0), 50);
  EXPECT_EQ(shape.window(1), 100);
  EXPECT_EQ(shape.window(4), 50);
  EXPECT_EQ((ModelShape{.depth = 5, .context = 100, .window_pattern = "S"}.window(4)), 100);
}

TEST(Shape, EveryOtherLayerHasAValueEmbeddingAndTheLastOneDoes) {
  EXPECT_TRUE(kAutoresearch.has_value_embedding(7));
  EXPECT_FALSE(kAutoresearch.has_value_embedding(6));
  EXPECT_TRUE((ModelShape{.depth = 5}.has_value_embedding(0)));
  EXPECT_FALSE((ModelShape{.value_embeddings = false}.has_value_embedding(7)));
}

TEST(Shape, ParametersOfTheDefaultModelAreAutoresearchs) {
  const ParameterList list = parameters_of(kAutoresearch);
  EXPECT_EQ(list.parameters, 50'332'176);
  EXPECT_EQ(list.count(ParameterKind::kMatrix) + list.count(ParameterKind::kOutput), 25'165'824);
  EXPECT_EQ(list.count(ParameterKind::kValueEmbedding), 16'777'216);
  EXPECT_EQ(list.count(ParameterKind::kGate), 512);
  EXPECT_EQ(list.count(ParameterKind::kLambda) + list.count(ParameterKind::kMu), 16);
}

TEST(Shape, FlopsAgreeWithAnIndependentCount) {
  EXPECT_EQ(flops_per_token(kAutoresearch, FlopCount::kFormula),
            static_cast<double>(reference::kAutoresearchSize.flops_per_token));
  EXPECT_EQ(flops_per_token(kAutoresearch, FlopCount::kCausal),
            static_cast<double>(reference::kAutoresearchSize.causal_flops_per_token));
  EXPECT_EQ(flops_per_token(kTiny, FlopCount::kFormula),
            static_cast<double>(reference::kTinySize.flops_per_token));
  EXPECT_EQ(flops_per_token(kTiny, FlopCount::kCausal),
            static_cast<double>(reference::kTinySize.causal_flops_per_token));
}

TEST(Shape, ParametersLieOneBehindTheOtherAtMultiplesOfEight) {
  std::int64_t next = 0;
  std::int64_t numbers = 0;
  for (const ParameterSpec& spec : parameters_of(kTiny).specs) {
    EXPECT_EQ(spec.offset % 8, 0) << spec.name;
    EXPECT_GE(spec.offset, next) << spec.name;
    EXPECT_LT(spec.offset, next + 8) << spec.name;
    next = spec.offset + spec.size();
    numbers += spec.size();
  }
  EXPECT_EQ(parameters_of(kTiny).total, next);
  EXPECT_EQ(parameters_of(kTiny).parameters, numbers);
  EXPECT_EQ(numbers, reference::kTinySize.parameters);
}

TEST(Shape, WhatTheOpsCannotDoIsRefused) {
  EXPECT_EQ(message_of(check({.depth = 0})), "depth 0 is below 1");
  EXPECT_EQ(message_of(check({.head_dim = 3})), "head_dim 3 is not a positive even number");
  EXPECT_EQ(message_of(check({.width = 96, .head_dim = 64})),
            "width 96 is not a multiple of head_dim 64 of at least 32");
  EXPECT_EQ(message_of(check({.width = 16, .head_dim = 16})),
            "width 16 is not a multiple of head_dim 16 of at least 32");
  EXPECT_EQ(message_of(check({.context = 1})), "context 1 is below 2");
  EXPECT_EQ(message_of(check({.window_pattern = "SX"})),
            "window_pattern \"SX\" is not made of S and L");
  EXPECT_TRUE(check(kAutoresearch));
}

TEST(Shape, TwoShapesHaveTwoTexts) {
  ModelShape other = kTiny;
  other.softcap = 16;
  EXPECT_NE(kTiny.text(), other.text());
}
