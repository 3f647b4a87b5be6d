// What is asked of curves, and the answer. Plain values, as in requests.h.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "server/records/series.h"
#include "server/records/verdict.h"

namespace pawl {

struct MetricsRequest {
  std::vector<std::string> jobs;  // handles
  std::vector<std::string> keys;  // empty: the goal and what is like a loss
  std::int64_t points = 30;       // rows at most
  SeriesAxis axis = SeriesAxis::kStep;
};

struct JobCurve {
  std::string job;  // "042"
  std::string key;
  bool higher_is_better = false;
  Curve curve;
  Judgement judgement;
};

struct MetricsReply {
  std::vector<JobCurve> curves;         // jobs as asked for, of each the goal first
  std::vector<std::string> live;        // jobs that still run
  std::vector<std::string> other_keys;  // what there is beside the curves
  std::vector<std::string> absent;      // which job has no curve, and why
};

}  // namespace pawl
