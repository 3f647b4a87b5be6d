// Whether one configuration is better than another, or luck would do. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "server/core/goal.h"
#include "server/statistics/noise.h"

namespace pawl {

inline constexpr double kSignificance = 0.05;  // a two-sided p below it is a finding

enum class Basis : std::uint8_t {
  kWelch,  // both sides have seeds: Welch's t, which lets their deviations differ
  kFloor,  // a side has one seed: its noise is taken to be the floor of the stage and class
  kNone,   // and that is unmeasured
};

enum class Finding : std::uint8_t { kBetter, kWorse, kNotDistinguishable, kUnknown };

struct Difference {
  double delta = 0;  // of the means: ours less theirs
  Basis basis = Basis::kNone;
  std::optional<double> p;        // two-sided: how likely luck alone gives as much
  std::optional<double> noise_x;  // |delta| in floors of the means; absent: unmeasured
  Finding finding = Finding::kUnknown;
};

// Both sides hold one value a seed and are not empty.
struct Sides {
  std::span<const double> ours, theirs;
};
Difference difference_of(const Sides& sides, const NoiseFloor& floor, Direction direction);

std::string_view name_of(Basis basis);      // "welch"
std::string_view name_of(Finding finding);  // "not distinguishable"

double mean_of(std::span<const double> values);

}  // namespace pawl
