#include "server/jobs/sweep_effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "server/statistics/effects.h"

namespace pawl {
namespace {

struct Axis {
  std::string name;
  std::vector<ParamValue> values;  // each once, rising
};

std::optional<double> number_of(const ParamValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

// The parameters that differ among the points.
std::vector<Axis> axes_of(const std::vector<const SweepPoint*>& points) {
  std::map<std::string, std::vector<ParamValue>> values;
  for (const SweepPoint* const point : points) {
    for (const auto& [name, value] : point->params) values[name].push_back(value);
  }
  std::vector<Axis> axes;
  for (auto& [name, all] : values) {
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    if (all.size() > 1) axes.push_back({name, std::move(all)});
  }
  return axes;
}

bool has_two_levels(const std::vector<Axis>& axes) {
  return !axes.empty() &&
         std::ranges::all_of(axes, [](const Axis& axis) { return axis.values.size() == 2; });
}

// -1 at the low value, +1 at the high one, in proportion between; absent outside of them, or where
// nothing lies between the values.
std::optional<double> level_of(const Axis& axis, const ParamValue& value) {
  if (value == axis.values.front()) return -1;
  if (value == axis.values.back()) return 1;
  const auto low = number_of(axis.values.front());
  const auto high = number_of(axis.values.back());
  const auto at = number_of(value);
  if (!low || !high || !at || *at < *low || *at > *high) return std::nullopt;
  return 2 * (*at - *low) / (*high - *low) - 1;
}

std::optional<DesignPoint> coded(const std::vector<Axis>& axes, const SweepPoint& point) {
  DesignPoint result{.levels = {}, .value = point.value, .seeds = point.seeds};
  for (const Axis& axis : axes) {
    const auto value = point.params.find(axis.name);
    if (value == point.params.end()) return std::nullopt;
    const auto level = level_of(axis, value->second);
    if (!level) return std::nullopt;
    result.levels.push_back(*level);
  }
  return result;
}

struct TwoLevels {
  std::vector<Axis> axes;
  std::vector<DesignPoint> corners;
  std::optional<DesignPoint> centre;
};

// With `left_out` as the centre; absent where that does not leave two levels of each parameter.
std::optional<TwoLevels> two_levels(const std::vector<SweepPoint>& points,
                                    const SweepPoint* left_out) {
  std::vector<const SweepPoint*> corners;
  for (const SweepPoint& point : points) {
    if (&point != left_out) corners.push_back(&point);
  }
  TwoLevels design{.axes = axes_of(corners), .corners = {}, .centre = {}};
  if (!has_two_levels(design.axes)) return std::nullopt;
  for (const SweepPoint* const corner : corners) {
    const auto point = coded(design.axes, *corner);
    if (!point) return std::nullopt;
    design.corners.push_back(*point);
  }
  if (left_out == nullptr) return design;
  if (design.axes.size() < 2) return std::nullopt;  // three values of one parameter are levels
  design.centre = coded(design.axes, *left_out);
  const bool inside = design.centre && std::ranges::all_of(design.centre->levels, [](double level) {
                        return level > -1 && level < 1;
                      });
  return inside ? std::optional(std::move(design)) : std::nullopt;
}

std::optional<TwoLevels> find_two_levels(const std::vector<SweepPoint>& points) {
  if (auto design = two_levels(points, nullptr)) return design;
  for (const SweepPoint& point : points) {
    if (auto design = two_levels(points, &point)) return design;
  }
  return std::nullopt;
}

std::string name_of(const std::vector<Axis>& axes, const Effect& effect) {
  std::string name;
  for (const Effect::Term& term : effect.terms) {
    if (!name.empty()) name += term.sign > 0 ? " + " : " - ";
    name += axes[term.factors.front()].name;
    if (term.factors.size() > 1) name += " x " + axes[term.factors.back()].name;
  }
  return name;
}

std::string design_of(const TwoLevels& design, const Factorial& fit) {
  const std::size_t axes = design.axes.size();
  const std::size_t all = std::size_t{1} << axes;
  if (design.corners.size() >= all) return fmt::format("full 2^{}", axes);
  const std::string part = fmt::format("1/{} of 2^{}", all / design.corners.size(), axes);
  const auto mixes = [&](std::size_t factors) {
    return std::ranges::any_of(fit.effects, [&](const Effect& effect) {
      return effect.terms.size() > 1 && effect.terms.front().factors.size() == factors;
    });
  };
  if (mixes(1))
    return part + ", resolution III: a main effect is mixed with the interactions named";
  if (mixes(2)) return part + ", resolution IV: interactions are mixed with one another as named";
  return part + ", resolution V or more: nothing named is mixed";
}

EffectLine line_of(std::string name, const Effect& effect) {
  return {std::move(name), effect.size, effect.noise_x, effect.p};
}

std::optional<SweepEffects> factorial_effects(const std::vector<SweepPoint>& points,
                                              const NoiseFloor& floor) {
  const auto design = find_two_levels(points);
  if (!design) return std::nullopt;
  const auto fit = factorial_of(design->corners, design->centre, floor);
  if (!fit) return std::nullopt;
  SweepEffects found{.design = design_of(*design, *fit),
                     .axes = {},
                     .effects = {},
                     .standard_error = fit->standard_error,
                     .curvature = {},
                     .levels = {}};
  for (const Axis& axis : design->axes) {
    found.axes.push_back(fmt::format("{}: {} to {}", axis.name, format(axis.values.front()),
                                     format(axis.values.back())));
  }
  for (const Effect& effect : fit->effects) {
    found.effects.push_back(line_of(name_of(design->axes, effect), effect));
  }
  if (fit->curvature) found.curvature = line_of("curvature", *fit->curvature);
  return found;
}

}  // namespace

SweepEffects effects_of(const std::vector<SweepPoint>& points, const NoiseFloor& floor) {
  if (auto found = factorial_effects(points, floor)) return *std::move(found);
  SweepEffects found{.design = "means by level: not every corner of two levels has a result"};
  std::vector<const SweepPoint*> all;
  double mean = 0;
  for (const SweepPoint& point : points) {
    all.push_back(&point);
    mean += point.value / static_cast<double>(points.size());
  }
  const std::vector<Axis> axes = axes_of(all);
  if (!has_two_levels(axes)) found.design = "means by level";
  for (const Axis& axis : axes) {
    for (const ParamValue& value : axis.values) {
      LevelLine line{.parameter = axis.name, .value = format(value)};
      for (const SweepPoint& point : points) {
        const auto at = point.params.find(axis.name);
        if (at == point.params.end() || at->second != value) continue;
        ++line.points;
        line.mean += point.value;
      }
      line.mean /= static_cast<double>(line.points);
      line.delta = line.mean - mean;
      found.levels.push_back(std::move(line));
    }
  }
  return found;
}

}  // namespace pawl
