#include "server/jobs/noise.h"

#include <cmath>
#include <numeric>

namespace pawl {

NoiseFloor noise_floor(std::span<const std::vector<double>> groups) {
  double squares = 0;
  std::int64_t freedom = 0;
  std::int64_t samples = 0;
  for (const std::vector<double>& group : groups) {
    if (group.size() < 2) continue;
    const auto count = static_cast<std::int64_t>(group.size());
    const double mean =
        std::accumulate(group.begin(), group.end(), 0.0) / static_cast<double>(count);
    for (const double value : group) squares += (value - mean) * (value - mean);
    freedom += count - 1;
    samples += count;
  }
  if (freedom == 0) return {};
  return {std::sqrt(squares / static_cast<double>(freedom)), samples};
}

std::optional<double> in_noise_units(double delta, const NoiseFloor& floor) {
  if (!floor.deviation || *floor.deviation == 0) return std::nullopt;
  return std::abs(delta) / *floor.deviation;
}

}  // namespace pawl
