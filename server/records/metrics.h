// What a run reported: from run/metrics.jsonl, then from `key: value` lines and the block after
// `---` at the end of stdout. All of it is untrusted: a job may write anything, at any rate, or
// plant a pipe, a device or a link where the file should be.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "server/core/goal.h"
#include "server/core/result.h"
#include "server/records/attempt_folder.h"

namespace pawl {

struct MetricLimits {
  std::int64_t bytes_max = 16 << 20;  // per file; of a longer file the end is read
  std::size_t line_bytes_max = 64 << 10;
  std::size_t keys_max = 500;
};

// The last value of each key. metrics.jsonl wins over stdout.
struct FinalMetrics {
  std::map<std::string, double> values;  // finite
  std::set<std::string> not_finite;      // keys whose last value was NaN, infinite or null
  std::int64_t lines = 0;                // well-formed lines of metrics.jsonl
  std::int64_t points = 0;               // values in them
  std::int64_t lines_refused = 0;        // malformed, nested or too long
  std::int64_t keys_refused = 0;  // values whose key is not [A-Za-z0-9._-]{1,64}, or too many
  bool truncated = false;         // only the end of a file over bytes_max was read
};

// `step` and `t` of a line are its position and not metrics. No file is no error: the result is
// empty. INVALID when run/metrics.jsonl is not a regular file.
Result<FinalMetrics> read_final_metrics(const AttemptFolder& folder, const MetricLimits& = {});

// The two parsers alone, adding to `metrics`; never fail.
void add_metric_line(std::string_view json_line, const MetricLimits&, FinalMetrics& metrics);
void add_stdout_metrics(std::string_view text, const MetricLimits&, FinalMetrics& metrics);

}  // namespace pawl
