// Values of several parameters to the points that are tried: all combinations, a balanced part of
// them, or value by value. Pure.
#pragma once
#include <string>
#include <vector>

#include "server/core/params.h"
#include "server/core/result.h"

namespace pawl {

struct GridAxis {
  std::string name;
  std::vector<ParamValue> values;
  bool operator==(const GridAxis&) const = default;
};
using Grid = std::vector<GridAxis>;  // in the order that the agent wrote

enum class Design : std::uint8_t {
  kFull,        // every combination
  kFractional,  // a balanced part: each value of a parameter stands in equally many points, give or
                // take one where the number of points does not divide
  kList,        // the first values together, the second together, ...
};

inline constexpr std::size_t kGridPointsMax = 64;
inline constexpr std::size_t kGridAxesMax = 8;

// INVALID names the parameter or the number that is wrong: an empty or repeated list of values, too
// many points, lists of different lengths for kList, no balanced part of this shape.
//
// Two values each: a half (3 or 4 parameters) or a quarter (5 to 8) of all combinations, by the
// generators of Box, Hunter and Hunter, Statistics for Experimenters, table 6.22: no parameter
// stands in for another. Else: all combinations of the two longest lists, and the others laid over
// them as in a Latin square. Up to two parameters have no smaller balanced part: all combinations.
Result<std::vector<Params>> points_of(const Grid& grid, Design design);

// What the design can tell apart: "full 2^3", "1/2 of 2^4, resolution IV: ...".
std::string resolution_of(const Grid& grid, Design design);

// "lr=0.003 depth=6", in the order of the grid.
std::string title_of(const Grid& grid, const Params& point);

}  // namespace pawl
