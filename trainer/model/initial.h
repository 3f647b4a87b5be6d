// The parameters before the first step.
#pragma once
#include <cstdint>
#include <vector>

#include "trainer/model/shape.h"

namespace trainer {

struct InitialOptions {
  double embedding = 1.0;  // standard deviation of wte
  double head = 0.001;     // standard deviation
  double lambda = 1.0, mu = 0.1;
};

// In the order of parameters_of(shape). wte and head are normal; q, k, v, fc and the value
// embeddings uniform in +-sqrt(3 / width); o, proj and the gates zero. Each tensor has its own
// random stream, so one does not move when another changes its size.
std::vector<float> initial_parameters(const ModelShape& shape, const InitialOptions& options,
                                      std::uint64_t seed);

}  // namespace trainer
