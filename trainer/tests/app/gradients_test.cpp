// Gradients against differences of the loss, for shapes that take different ways through the model.
#include <gtest/gtest.h>

#include <algorithm>

#include "trainer/app/gradient_check.h"

using namespace trainer;

namespace {

constexpr ModelShape kSmall = {
    .depth = 2, .width = 64, .head_dim = 32, .context = 16, .vocabulary = 40};

// In double, what remains is the error of the differences, some 1e-8 of the gradient.
void expect_gradients_are_slopes(const ModelShape& shape) {
  const std::vector<GradientError> errors = check_gradients(shape, 3);
  EXPECT_EQ(errors.size(), parameters_of(shape).specs.size());
  for (const GradientError& error : errors) {
    EXPECT_LT(error.worst, 1e-6) << error.parameter << " of " << shape.text();
  }
}

ModelShape small_with(auto change) {
  ModelShape shape = kSmall;
  change(shape);
  return shape;
}

}  // namespace

TEST(Gradients, OfTheShapeOfTheCheckCommandAreSlopes) {
  expect_gradients_are_slopes(
      {.depth = 4, .width = 64, .head_dim = 32, .context = 24, .vocabulary = 40});
}

TEST(Gradients, WithoutValueEmbeddingsAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) { s.value_embeddings = false; }));
}

TEST(Gradients, OfWholeWindowsAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) { s.window_pattern = "L"; }));
}

TEST(Gradients, OfANarrowMlpAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) { s.mlp_ratio = 2; }));
}

TEST(Gradients, OfSixteenHeadsOfTwoChannelsAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) {
    s.width = 32;
    s.head_dim = 2;
  }));
}

TEST(Gradients, OfOneLayerAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) { s.depth = 1; }));
}

TEST(Gradients, OfAnOddContextAndVocabularyAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) {
    s.context = 13;
    s.vocabulary = 37;
    s.softcap = 3;
  }));
}

TEST(Gradients, OfOneHeadOverTheWholeWidthAreSlopes) {
  expect_gradients_are_slopes(small_with([](ModelShape& s) { s.head_dim = 64; }));
}
