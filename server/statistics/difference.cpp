#include "server/statistics/difference.h"

#include <cmath>
#include <numeric>

#include "server/statistics/distributions.h"

namespace pawl {
namespace {

double squared_error(std::span<const double> values) {  // of the mean
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto count = static_cast<double>(values.size());
  return squares / (count - 1) / count;
}

// Welch 1947, with the degrees of freedom of Satterthwaite. Absent: no spread on either side.
std::optional<double> welch(const Sides& sides, double delta) {
  const double ours = squared_error(sides.ours);
  const double theirs = squared_error(sides.theirs);
  const double sum = ours + theirs;
  if (!(sum > 0)) return std::nullopt;
  const double freedom = sum * sum /
                         (ours * ours / static_cast<double>(sides.ours.size() - 1) +
                          theirs * theirs / static_cast<double>(sides.theirs.size() - 1));
  return student_t_two_sided(delta / std::sqrt(sum), freedom);
}

Finding finding_of(const Difference& found, Direction direction) {
  if (!found.p) return Finding::kUnknown;
  if (*found.p >= kSignificance) return Finding::kNotDistinguishable;
  return is_better(direction, found.delta, 0) ? Finding::kBetter : Finding::kWorse;
}

}  // namespace

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Difference difference_of(const Sides& sides, const NoiseFloor& floor, Direction direction) {
  Difference found{.delta = mean_of(sides.ours) - mean_of(sides.theirs)};
  found.noise_x =
      in_noise_units(found.delta, floor, {std::ssize(sides.ours), std::ssize(sides.theirs)});
  if (sides.ours.size() > 1 && sides.theirs.size() > 1) {
    found.p = welch(sides, found.delta);
    if (found.p) found.basis = Basis::kWelch;
  }
  if (!found.p && found.noise_x) {
    found.p = student_t_two_sided(*found.noise_x, static_cast<double>(floor.freedom));
    found.basis = Basis::kFloor;
  }
  found.finding = finding_of(found, direction);
  return found;
}

std::string_view name_of(Basis basis) {
  switch (basis) {
    case Basis::kWelch:
      return "welch";
    case Basis::kFloor:
      return "noise floor";
    case Basis::kNone:
      return "unmeasured";
  }
  __builtin_unreachable();
}

std::string_view name_of(Finding finding) {
  switch (finding) {
    case Finding::kBetter:
      return "better";
    case Finding::kWorse:
      return "worse";
    case Finding::kNotDistinguishable:
      return "not distinguishable";
    case Finding::kUnknown:
      return "unknown";
  }
  __builtin_unreachable();
}

}  // namespace pawl
