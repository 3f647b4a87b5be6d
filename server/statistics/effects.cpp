#include "server/statistics/effects.h"

#include <algorithm>
#include <cmath>

#include "server/statistics/distributions.h"

namespace pawl {
namespace {

using Column = std::vector<double>;  // a sign for each corner

std::vector<Factors> all_factors(std::size_t axes) {
  std::vector<Factors> all;
  for (std::size_t i = 0; i < axes; ++i) all.push_back({i});
  for (std::size_t i = 0; i < axes; ++i) {
    for (std::size_t j = i + 1; j < axes; ++j) all.push_back({i, j});
  }
  return all;
}

Column column_of(std::span<const DesignPoint> corners, const Factors& factors) {
  Column column;
  for (const DesignPoint& corner : corners) {
    double sign = 1;
    for (const std::size_t axis : factors) sign *= corner.levels[axis];
    column.push_back(sign);
  }
  return column;
}

double product(const Column& a, const Column& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

struct Contrast {
  std::vector<Effect::Term> terms;
  Column column;
};

// Columns that are equal, or each other's opposite, are one contrast. Absent when two of them, or
// one and the mean, overlap in part.
std::optional<std::vector<Contrast>> contrasts_of(std::span<const DesignPoint> corners) {
  const Column ones(corners.size(), 1.0);
  const auto whole = static_cast<double>(corners.size());
  std::vector<Contrast> contrasts;
  for (const Factors& factors : all_factors(corners.front().levels.size())) {
    Column column = column_of(corners, factors);
    if (product(column, ones) != 0) return std::nullopt;
    bool alias = false;
    for (Contrast& known : contrasts) {
      const double overlap = product(known.column, column);
      if (overlap == 0) continue;
      if (std::abs(overlap) != whole) return std::nullopt;
      known.terms.push_back({factors, overlap > 0 ? 1 : -1});
      alias = true;
    }
    if (!alias) contrasts.push_back({{{factors, 1}}, std::move(column)});
  }
  return contrasts;
}

// The variance of the sum over the corners' values, in variances of one run.
double variance_of_sum(std::span<const DesignPoint> corners) {
  double sum = 0;
  for (const DesignPoint& corner : corners) sum += 1 / static_cast<double>(corner.seeds);
  return sum;
}

void judge(Effect& effect, const NoiseFloor& floor, double standard_error) {
  if (!(standard_error > 0)) return;
  effect.noise_x = std::abs(effect.size) / standard_error;
  effect.p = student_t_two_sided(*effect.noise_x, static_cast<double>(floor.freedom));
}

Effect curvature_of(const Factorial& fit, std::span<const DesignPoint> corners,
                    const DesignPoint& centre, const NoiseFloor& floor) {
  const auto whole = static_cast<double>(corners.size());
  double foretold = fit.mean;
  double leverage = 1;
  for (const Effect& effect : fit.effects) {
    const Factors& factors = effect.terms.front().factors;
    if (factors.size() > 1) continue;
    const double level = centre.levels[factors.front()];
    foretold += effect.size / 2 * level;
    leverage += level * level;
  }
  Effect curvature{.terms = {}, .size = foretold - centre.value, .noise_x = {}, .p = {}};
  const double variance =
      variance_of_sum(corners) / (whole * whole) * leverage + 1 / static_cast<double>(centre.seeds);
  judge(curvature, floor, floor.deviation.value_or(0) * std::sqrt(variance));
  return curvature;
}

}  // namespace

std::optional<Factorial> factorial_of(std::span<const DesignPoint> corners,
                                      const std::optional<DesignPoint>& centre,
                                      const NoiseFloor& floor) {
  if (corners.size() < 2 || corners.front().levels.empty()) return std::nullopt;
  if (corners.front().levels.size() >= corners.size()) return std::nullopt;
  const auto contrasts = contrasts_of(corners);
  if (!contrasts) return std::nullopt;
  const auto whole = static_cast<double>(corners.size());
  Column values;
  for (const DesignPoint& corner : corners) values.push_back(corner.value);
  Factorial fit{.mean = product(values, Column(values.size(), 1.0)) / whole,
                .effects = {},
                .standard_error = {},
                .curvature = {}};
  if (floor.deviation) {
    fit.standard_error = *floor.deviation * std::sqrt(variance_of_sum(corners)) / (whole / 2);
  }
  for (const Contrast& contrast : *contrasts) {
    Effect& effect = fit.effects.emplace_back();
    effect.terms = contrast.terms;
    effect.size = product(contrast.column, values) / (whole / 2);
    judge(effect, floor, fit.standard_error.value_or(0));
  }
  if (centre) fit.curvature = curvature_of(fit, corners, *centre, floor);
  return fit;
}

}  // namespace pawl
