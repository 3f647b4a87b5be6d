#include "server/statistics/noise.h"

#include <cmath>
#include <numeric>

#include "server/statistics/distributions.h"

namespace pawl {
namespace {

constexpr double kTail = 0.05;  // on either side

}  // namespace

NoiseFloor noise_floor(std::span<const std::vector<double>> groups) {
  double squares = 0;
  NoiseFloor floor;
  for (const std::vector<double>& group : groups) {
    if (group.size() < 2) continue;
    const auto count = static_cast<std::int64_t>(group.size());
    const double mean =
        std::accumulate(group.begin(), group.end(), 0.0) / static_cast<double>(count);
    for (const double value : group) squares += (value - mean) * (value - mean);
    floor.freedom += count - 1;
    floor.samples += count;
  }
  if (floor.freedom == 0) return floor;
  const auto freedom = static_cast<double>(floor.freedom);
  floor.deviation = std::sqrt(squares / freedom);
  floor.interval = Interval{std::sqrt(squares / chi_square_quantile(1 - kTail, freedom)),
                            std::sqrt(squares / chi_square_quantile(kTail, freedom))};
  return floor;
}

std::optional<double> noise_of_difference(const NoiseFloor& floor, const Seeds& seeds) {
  if (!floor.deviation) return std::nullopt;
  return *floor.deviation *
         std::sqrt(1 / static_cast<double>(seeds.ours) + 1 / static_cast<double>(seeds.theirs));
}

std::optional<double> in_noise_units(double delta, const NoiseFloor& floor, const Seeds& seeds) {
  const auto noise = noise_of_difference(floor, seeds);
  if (!noise || *noise == 0) return std::nullopt;
  return std::abs(delta) / *noise;
}

}  // namespace pawl
