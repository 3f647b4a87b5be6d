// What is said of a loss with which a run cannot go on.
#pragma once
#include <cstdint>
#include <optional>

#include "trainer/core/result.h"
#include "trainer/model/inspection.h"

namespace trainer {

inline constexpr double kLossMax = 100;  // above it a run has failed

// In the batch of one rank; all ranks have the same parameters.
struct Finding {
  NotFinite tensor;
  int rank = 0;
};

struct BadLoss {
  double loss;
  std::int64_t step;
  std::optional<double> last_loss;    // of the step before, where this process made it
  std::optional<Finding> not_finite;  // nothing: the loss is just too large
  int ranks = 1;
};
Error loss_error(const BadLoss& bad);

}  // namespace trainer
