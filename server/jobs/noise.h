// How large a difference must be before it means anything: the pooled standard deviation of
// repeated runs. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pawl {

struct NoiseFloor {
  std::optional<double> deviation;  // absent below two repeats of anything: unmeasured
  std::int64_t samples = 0;         // runs that took part
};

// Each group holds the values of one experiment run with different seeds, in one comparability
// class.
NoiseFloor noise_floor(std::span<const std::vector<double>> groups);

// |delta| in noise floors; absent while the floor is unmeasured or zero.
std::optional<double> in_noise_units(double delta, const NoiseFloor& floor);

}  // namespace pawl
