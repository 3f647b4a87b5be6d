#include "server/jobs/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <numeric>
#include <span>

namespace pawl {
namespace {

using Choice = std::vector<std::size_t>;  // for each axis, the index of its value

std::unexpected<Error> wrong(std::string message, std::string hint) {
  return fail(ErrorKind::kInvalid, std::move(message), std::move(hint));
}

Result<void> check(const Grid& grid) {
  if (grid.empty() || grid.size() > kGridAxesMax) {
    return wrong(
        fmt::format("grid has {} parameters; 1 to {} are allowed", grid.size(), kGridAxesMax),
        R"(Give lists by parameter: {"lr":[0.001,0.003]}.)");
  }
  for (const GridAxis& axis : grid) {
    if (axis.values.empty()) {
      return wrong(fmt::format("grid.{} has no value", axis.name), "Name at least one value.");
    }
    for (auto value = axis.values.begin(); value != axis.values.end(); ++value) {
      if (std::find(axis.values.begin(), value, *value) == value) continue;
      return wrong(fmt::format("grid.{} names {} twice", axis.name, format(*value)),
                   "Name each value once; submit_experiment repeat:3 repeats with other seeds.");
    }
  }
  return {};
}

Result<void> check_count(std::size_t points, std::string_view design) {
  if (points <= kGridPointsMax) return {};
  return wrong(
      fmt::format("grid makes {} points ({}); the limit is {}", points, design, kGridPointsMax),
      design == "full" ? "Use design fractional (three or more parameters), or fewer values."
                       : "Use fewer values.");
}

// The last axis turns fastest. `axes` are the ones that are combined; the rest stay at 0.
std::vector<Choice> combinations(const Grid& grid, std::span<const std::size_t> axes) {
  std::vector<Choice> choices = {Choice(grid.size(), 0)};
  for (const std::size_t axis : axes) {
    std::vector<Choice> longer;
    for (const Choice& choice : choices) {
      for (std::size_t i = 0; i < grid[axis].values.size(); ++i) {
        longer.push_back(choice);
        longer.back()[axis] = i;
      }
    }
    choices = std::move(longer);
  }
  return choices;
}

std::size_t number_of_combinations(const Grid& grid) {
  std::size_t product = 1;
  for (const GridAxis& axis : grid) {
    product *= axis.values.size();
    if (product > 1'000'000) break;  // far over every limit: stop before it wraps
  }
  return product;
}

std::vector<std::size_t> all_axes(const Grid& grid) {
  std::vector<std::size_t> axes(grid.size());
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  return axes;
}

// Which of the first axes the last ones are products of, as bits: {0b0111} is D = ABC.
std::span<const unsigned> generators(std::size_t axes) {
  static constexpr std::array<unsigned, 1> kThree = {0b11};
  static constexpr std::array<unsigned, 1> kFour = {0b111};
  static constexpr std::array<unsigned, 2> kFive = {0b011, 0b101};
  static constexpr std::array<unsigned, 2> kSix = {0b0111, 0b1110};
  static constexpr std::array<unsigned, 2> kSeven = {0b01111, 0b11011};
  static constexpr std::array<unsigned, 2> kEight = {0b001111, 0b110011};
  switch (axes) {
    case 3:
      return kThree;
    case 4:
      return kFour;
    case 5:
      return kFive;
    case 6:
      return kSix;
    case 7:
      return kSeven;
    default:
      return kEight;
  }
}

std::vector<Choice> two_level_fraction(const Grid& grid) {
  const auto words = generators(grid.size());
  std::vector<std::size_t> free = all_axes(grid);
  free.resize(grid.size() - words.size());
  std::vector<Choice> choices = combinations(grid, free);
  for (Choice& choice : choices) {
    unsigned bits = 0;
    for (const std::size_t axis : free) bits |= static_cast<unsigned>(choice[axis]) << axis;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto signs = static_cast<unsigned>(std::popcount(bits & words[i]));
      choice[free.size() + i] = signs % 2;
    }
  }
  return choices;
}

// Rows are the values of the longest list, columns those of the next. A further list is counted
// through row by row, so that its values stand equally often, and each row is turned against the
// one before by a step of its own, so that no list follows another.
Result<std::vector<Choice>> latin_fraction(const Grid& grid) {
  std::vector<std::size_t> axes = all_axes(grid);
  std::ranges::stable_sort(axes, std::greater(),
                           [&](std::size_t axis) { return grid[axis].values.size(); });
  const std::size_t columns = grid[axes[1]].values.size();
  if (grid.size() - 2 > columns - 1) {
    return wrong(fmt::format("design fractional: {} parameters need lists of at least {} values, "
                             "the second longest has {}",
                             grid.size(), grid.size() - 1, columns),
                 "Use design full, two values for each parameter, or fewer parameters.");
  }
  std::vector<Choice> choices = combinations(grid, std::span(axes).first(2));
  for (Choice& choice : choices) {
    const std::size_t row = choice[axes[0]];
    const std::size_t column = choice[axes[1]];
    for (std::size_t i = 2; i < axes.size(); ++i) {
      const std::size_t turned = (column + row * (i - 1)) % columns;
      choice[axes[i]] = (row * columns + turned) % grid[axes[i]].values.size();
    }
  }
  return choices;
}

// `varied`: no list of one value among them.
Result<std::vector<Choice>> fraction_of_varied(const Grid& varied) {
  if (varied.size() < 3) {
    CHECK_OK(check_count(number_of_combinations(varied), "fractional"));
    return combinations(varied, all_axes(varied));
  }
  const bool two_levels =
      std::ranges::all_of(varied, [](const GridAxis& axis) { return axis.values.size() == 2; });
  if (two_levels) return two_level_fraction(varied);
  return latin_fraction(varied);
}

Result<std::vector<Choice>> fraction(const Grid& grid) {
  Grid varied;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (grid[i].values.size() < 2) continue;
    varied.push_back(grid[i]);
    places.push_back(i);
  }
  TRY(const auto parts, fraction_of_varied(varied));
  std::vector<Choice> choices;
  for (const Choice& part : parts) {
    Choice& choice = choices.emplace_back(grid.size(), 0);
    for (std::size_t i = 0; i < places.size(); ++i) choice[places[i]] = part[i];
  }
  return choices;
}

Result<std::vector<Choice>> side_by_side(const Grid& grid) {
  const std::size_t length = grid.front().values.size();
  std::vector<Choice> choices;
  for (const GridAxis& axis : grid) {
    if (axis.values.size() == length) continue;
    return wrong(fmt::format("design list: grid.{} has {} values and grid.{} has {}", axis.name,
                             axis.values.size(), grid.front().name, length),
                 "Give lists of one length: the first values make the first point.");
  }
  for (std::size_t i = 0; i < length; ++i) choices.emplace_back(grid.size(), i);
  return choices;
}

Result<std::vector<Choice>> choices_of(const Grid& grid, Design design) {
  switch (design) {
    case Design::kFull:
      CHECK_OK(check_count(number_of_combinations(grid), "full"));
      return combinations(grid, all_axes(grid));
    case Design::kFractional:
      return fraction(grid);
    case Design::kList:
      return side_by_side(grid);
  }
  __builtin_unreachable();
}

}  // namespace

Result<std::vector<Params>> points_of(const Grid& grid, Design design) {
  CHECK_OK(check(grid));
  TRY(const auto choices, choices_of(grid, design));
  CHECK_OK(check_count(choices.size(), design == Design::kList ? "list" : "fractional"));
  std::vector<Params> points;
  for (const Choice& choice : choices) {
    Params& point = points.emplace_back();
    for (std::size_t i = 0; i < grid.size(); ++i) point[grid[i].name] = grid[i].values[choice[i]];
  }
  return points;
}

std::string resolution_of(const Grid& grid, Design design) {
  std::size_t axes = 0;
  bool two_levels = true;
  for (const GridAxis& axis : grid) {
    if (axis.values.size() < 2) continue;
    ++axes;
    two_levels = two_levels && axis.values.size() == 2;
  }
  if (design == Design::kList) return "value by value: parameters are mixed";
  if (!two_levels) return design == Design::kFull ? "full" : "balanced: main effects only";
  if (design == Design::kFull || axes < 3) return fmt::format("full 2^{}", axes);
  const auto words = generators(axes);
  int shortest = static_cast<int>(axes);
  for (unsigned subset = 1; subset < (1U << words.size()); ++subset) {
    unsigned word = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (((subset >> i) & 1U) == 0) continue;
      word ^= words[i] | (1U << (axes - words.size() + i));
    }
    shortest = std::min(shortest, std::popcount(word));
  }
  const std::string part = fmt::format("1/{} of 2^{}, resolution ", 1U << words.size(), axes);
  if (shortest <= 3) return part + "III: main effects are mixed with two-way interactions";
  if (shortest == 4) return part + "IV: two-way interactions are mixed with one another";
  return part + "V: main effects and two-way interactions stand alone";
}

std::string title_of(const Grid& grid, const Params& point) {
  std::string title;
  for (const GridAxis& axis : grid) {
    const auto found = point.find(axis.name);
    if (found == point.end()) continue;
    title += (title.empty() ? "" : " ") + axis.name + "=" + format(found->second);
  }
  return title;
}

}  // namespace pawl
