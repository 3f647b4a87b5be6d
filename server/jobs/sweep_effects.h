// From the results of a sweep to what each of its parameters does. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/params.h"
#include "server/statistics/noise.h"

namespace pawl {

struct SweepPoint {
  Params params;
  double value = 0;
  std::int64_t seeds = 1;
};

struct EffectLine {
  std::string name;  // "lr", "lr x depth", or a sum: "lr x depth + wd x n"
  double size = 0;
  std::optional<double> noise_x, p;  // in standard errors
};

struct LevelLine {
  std::string parameter, value;
  std::int64_t points = 0;
  double mean = 0, delta = 0;  // to the mean of all points
};

struct SweepEffects {
  std::string design;             // "full 2^3", "1/2 of 2^4, resolution IV: ...", "means by level"
  std::vector<std::string> axes;  // "lr: 0.01 to 0.02"
  std::vector<EffectLine> effects;  // of a two-level design: from the low to the high value
  std::optional<double> standard_error;
  std::optional<EffectLine> curvature;
  std::vector<LevelLine> levels;  // of any other
};

// `points` differ in at least one parameter. A point whose values all lie between the two that the
// others have is the centre.
SweepEffects effects_of(const std::vector<SweepPoint>& points, const NoiseFloor& floor);

}  // namespace pawl
