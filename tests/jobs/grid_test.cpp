// Which points a grid makes.
#include "server/jobs/grid.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

using namespace pawl;

namespace {

Grid grid_of(const std::vector<std::int64_t>& sizes) {
  Grid grid;
  for (const std::int64_t size : sizes) {
    GridAxis& axis = grid.emplace_back();
    axis.name = std::string(1, static_cast<char>('a' + grid.size() - 1));
    for (std::int64_t i = 0; i < size; ++i) axis.values.emplace_back(i);
  }
  return grid;
}

std::int64_t at(const Params& point, const std::string& name) {
  return std::get<std::int64_t>(point.at(name));
}

// How often each value of a parameter stands in the points.
std::map<std::int64_t, int> counts(const std::vector<Params>& points, const std::string& name) {
  std::map<std::int64_t, int> found;
  for (const Params& point : points) ++found[at(point, name)];
  return found;
}

Error refusal_of(const Grid& grid, Design design) {
  const auto points = points_of(grid, design);
  EXPECT_FALSE(points);
  return points ? Error{} : points.error();
}

}  // namespace

TEST(Grid, FullIsEveryCombinationWithTheLastParameterTurningFastest) {
  const Grid grid = {{"lr", {0.001, 0.003}}, {"depth", {std::int64_t{4}, std::int64_t{6}}}};
  const auto points = points_of(grid, Design::kFull).value();
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(title_of(grid, points[0]), "lr=0.001 depth=4");
  EXPECT_EQ(title_of(grid, points[1]), "lr=0.001 depth=6");
  EXPECT_EQ(title_of(grid, points[3]), "lr=0.003 depth=6");
}

TEST(Grid, AListTakesTheValuesTogether) {
  const auto points = points_of(grid_of({3, 3}), Design::kList).value();
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(at(points[2], "a"), 2);
  EXPECT_EQ(at(points[2], "b"), 2);
  EXPECT_EQ(refusal_of(grid_of({3, 2}), Design::kList).message,
            "design list: grid.b has 2 values and grid.a has 3");
}

TEST(Grid, TwoLevelFractionsAreHalvesAndQuarters) {
  const std::map<std::size_t, std::size_t> expected = {{1, 2}, {2, 4},  {3, 4},  {4, 8},
                                                       {5, 8}, {6, 16}, {7, 32}, {8, 64}};
  for (const auto& [axes, points] : expected) {
    EXPECT_EQ(points_of(grid_of(std::vector<std::int64_t>(axes, 2)), Design::kFractional)->size(),
              points);
  }
}

TEST(Grid, InATwoLevelFractionNoParameterStandsInForAnother) {
  for (std::size_t axes = 3; axes <= 8; ++axes) {
    const Grid grid = grid_of(std::vector<std::int64_t>(axes, 2));
    const auto points = points_of(grid, Design::kFractional).value();
    for (std::size_t i = 0; i < axes; ++i) {
      for (std::size_t j = i + 1; j < axes; ++j) {
        std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> pairs;
        for (const Params& p : points) ++pairs[{at(p, grid[i].name), at(p, grid[j].name)}];
        ASSERT_EQ(pairs.size(), 4U) << axes << " parameters, " << i << " and " << j;
        for (const auto& [pair, count] : pairs) EXPECT_EQ(count, points.size() / 4);
      }
    }
  }
}

TEST(Grid, ThreeListsOfThreeMakeALatinSquare) {
  const auto points = points_of(grid_of({3, 3, 3}), Design::kFractional).value();
  ASSERT_EQ(points.size(), 9U);
  for (const auto& [first, second] : {std::pair("a", "b"), {"a", "c"}, {"b", "c"}}) {
    std::set<std::pair<std::int64_t, std::int64_t>> pairs;
    for (const Params& point : points) pairs.insert({at(point, first), at(point, second)});
    EXPECT_EQ(pairs.size(), 9U) << first << second;
  }
}

RC_GTEST_PROP(Grid, AFractionIsBalancedWithoutDuplicatesAndPartOfTheFull, ()) {
  const auto sizes = *rc::gen::container<std::vector<std::int64_t>>(
      *rc::gen::inRange(1, 6), rc::gen::inRange<std::int64_t>(1, 6));
  const Grid grid = grid_of(sizes);
  const auto points = points_of(grid, Design::kFractional);
  if (!points) {
    RC_ASSERT(points.error().kind == ErrorKind::kInvalid);
    return;
  }
  std::size_t all = 1;
  for (const std::int64_t size : sizes) all *= static_cast<std::size_t>(size);
  RC_ASSERT(points->size() <= all);
  RC_ASSERT(std::set<Params>(points->begin(), points->end()).size() == points->size());
  for (const GridAxis& axis : grid) {
    const auto found = counts(*points, axis.name);
    RC_ASSERT(found.size() == axis.values.size());
    const auto [least, most] = std::ranges::minmax(found | std::views::values);
    RC_ASSERT(most - least <= 1);
  }
}

TEST(Grid, RefusalsNameTheParameterTheValueAndTheLimit) {
  EXPECT_EQ(refusal_of(grid_of({5, 5, 5}), Design::kFull).message,
            "grid makes 125 points (full); the limit is 64");
  EXPECT_EQ(refusal_of({{"lr", {0.1, 0.2, 0.1}}}, Design::kFull).message,
            "grid.lr names 0.1 twice");
  EXPECT_EQ(refusal_of({{"lr", {}}}, Design::kFull).message, "grid.lr has no value");
  EXPECT_EQ(refusal_of({}, Design::kFull).message, "grid has 0 parameters; 1 to 8 are allowed");
  EXPECT_EQ(refusal_of(grid_of({4, 2, 2, 2}), Design::kFractional).message,
            "design fractional: 4 parameters need lists of at least 3 values, the second longest "
            "has 2");
}
