// The curves of one attempt, from run/metrics.jsonl: also while it is being written. The file is
// streamed, so its size costs time and no memory.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/records/attempt_folder.h"
#include "server/records/curve.h"
#include "server/records/file_lines.h"

namespace pawl {

// step: `step` of a line, seconds: `t`, tokens: `tokens`. A line without one stands where the last
// one stood; where there is no `step` at all, lines are counted.
enum class SeriesAxis : std::uint8_t { kStep, kSeconds, kTokens };
std::string_view name_of(SeriesAxis axis);

struct SeriesRequest {
  std::set<std::string> keys;  // empty: the goal and what is loss-like
  std::string goal;
  SeriesAxis axis = SeriesAxis::kStep;
  LineLimits limits{.bytes_max = 256 << 20};
};

struct Series {
  static constexpr std::size_t kCurvesMax = 16;
  static constexpr std::size_t kKeysMax = 60;

  std::map<std::string, Curve> curves;  // by key; at most kCurvesMax
  std::set<std::string> keys;           // whatever else there was; at most kKeysMax
  std::int64_t lines = 0, lines_refused = 0;
  bool has_axis = false;   // some line had a place on the axis
  bool truncated = false;  // only the end of a file over the limit was read
  bool exists = false;
};

// No file is no error. INVALID when run/metrics.jsonl is not a regular file.
Result<Series> read_series(const AttemptFolder& folder, const SeriesRequest& request);

}  // namespace pawl
