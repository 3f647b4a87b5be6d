// What the parameters of a sweep do: main effects and two-way interactions of a full or fractional
// two-level factorial, after Box, Hunter and Hunter, Statistics for Experimenters; means by level
// where there are more levels. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/statistics/noise.h"

namespace pawl {

// One combination of levels: on each axis -1 and +1 are the two values, and what lies between them
// is in proportion. `value` is the mean over `seeds`.
struct DesignPoint {
  std::vector<double> levels;
  double value = 0;
  std::int64_t seeds = 1;
};

// One or two axes, by index, rising.
using Factors = std::vector<std::size_t>;

// How much the metric rises from the low to the high level of an axis, or half of how much that
// differs between the two levels of another axis. Where the design cannot tell several apart, it is
// their sum, each with the sign that it comes in with.
struct Effect {
  struct Term {
    Factors factors;
    int sign = 1;
  };
  std::vector<Term> terms;  // main effects first
  double size = 0;
  std::optional<double> noise_x, p;  // in standard errors; absent while the floor is unmeasured
};

struct Factorial {
  double mean = 0;
  std::vector<Effect> effects;           // in the order of the axes, main effects first
  std::optional<double> standard_error;  // of each effect
  std::optional<Effect> curvature;       // what main effects foretell for the centre, less what
                                         // was measured there; without terms
};

// `corners` are at -1 or +1 of every axis; `centre` lies inside. Absent when the corners are no
// orthogonal design: points are missing, or too few.
std::optional<Factorial> factorial_of(std::span<const DesignPoint> corners,
                                      const std::optional<DesignPoint>& centre,
                                      const NoiseFloor& floor);

}  // namespace pawl
