// How large a difference must be before it means anything: the pooled standard deviation of
// configurations that ran with several seeds. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pawl {

struct Interval {
  double low = 0, high = 0;
};

struct NoiseFloor {
  std::optional<double> deviation;   // of one run; absent below two repeats of anything: unmeasured
  std::int64_t samples = 0;          // runs that took part
  std::int64_t freedom = 0;          // degrees of freedom: runs less configurations
  std::optional<Interval> interval;  // holds the true deviation with 90 % confidence (chi-square)
};

// Each group holds the values of one configuration run with different seeds, in one stage and
// class.
NoiseFloor noise_floor(std::span<const std::vector<double>> groups);

// How many seeds the two means of a difference are of.
struct Seeds {
  std::int64_t ours = 1, theirs = 1;
};

// The noise of a difference between two such means: sd * sqrt(1/n1 + 1/n2). Absent while the floor
// is unmeasured.
std::optional<double> noise_of_difference(const NoiseFloor& floor, const Seeds& seeds);

// |delta| in those; absent while the floor is unmeasured or zero.
std::optional<double> in_noise_units(double delta, const NoiseFloor& floor, const Seeds& seeds);

}  // namespace pawl
