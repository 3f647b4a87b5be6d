// What is said of a loss that ends a run.
#include "trainer/app/loss_error.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace trainer;

namespace {

Finding finding(const char* name, bool is_parameter) {
  Finding finding = {{.is_parameter = is_parameter, .count = 1200, .size = 65536}, 1};
  std::string(name).copy(finding.tensor.name.data(), 63);
  return finding;
}

}  // namespace

TEST(LossError, NamesTheTensorItsNumbersAndTheLossBefore) {
  const Error error = loss_error({.loss = -NAN,
                                  .step = 12,
                                  .last_loss = 5.25,
                                  .not_finite = finding("hidden of layer 3", false)});
  EXPECT_EQ(error.message,
            "loss nan at step 12 (5.25 the step before); the first tensor that is not finite is "
            "hidden of layer 3: 1,200 of 65,536 numbers");
  EXPECT_EQ(error.hint,
            "Lower the learning rates, or the initial scales: the parameters are finite, but too "
            "large.");
}

TEST(LossError, SaysWhoseBatchItWasWhereThereAreSeveral) {
  BadLoss bad = {.loss = INFINITY, .step = 0, .not_finite = finding("losses", false), .ranks = 2};
  EXPECT_EQ(loss_error(bad).message,
            "loss inf at step 0; the first tensor that is not finite is losses: 1,200 of 65,536 "
            "numbers on rank 1");
  bad.not_finite = finding("parameter head", true);  // the same in all
  EXPECT_EQ(loss_error(bad).message,
            "loss inf at step 0; the first tensor that is not finite is parameter head: 1,200 of "
            "65,536 numbers");
  EXPECT_EQ(loss_error(bad).hint,
            "Lower the learning rates, or lengthen warmup: the step before this one moved it "
            "there.");
}

TEST(LossError, AFiniteOneIsTooLarge) {
  EXPECT_EQ(loss_error({.loss = 163.5, .step = 7, .last_loss = 90}).message,
            "loss 163.5 at step 7 (90 the step before); it is above 100, and every tensor is "
            "finite");
}
