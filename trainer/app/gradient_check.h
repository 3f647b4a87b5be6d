// Whether the gradients are the losses' slopes: each parameter tensor against central differences,
// in double.
#pragma once
#include <string>
#include <vector>

#include "trainer/model/shape.h"

namespace trainer {

struct GradientError {
  std::string parameter;
  double worst = 0;  // relative to the gradient, or to a tenth of the tensor's largest sample
};

// A small random model of that shape on one batch; `samples` elements of each tensor.
std::vector<GradientError> check_gradients(const ModelShape& shape, int samples);

}  // namespace trainer
