#include "server/records/series.h"

#include <limits>

#include "server/core/goal.h"
#include "server/records/flat_json.h"
#include "server/records/verdict.h"

namespace pawl {
namespace {

constexpr std::string_view kStepKey = "step", kSecondsKey = "t", kTokensKey = "tokens";

std::string_view key_of(SeriesAxis axis) {
  switch (axis) {
    case SeriesAxis::kStep:
      return kStepKey;
    case SeriesAxis::kSeconds:
      return kSecondsKey;
    case SeriesAxis::kTokens:
      return kTokensKey;
  }
  __builtin_unreachable();
}

class Collector {
 public:
  Collector(const SeriesRequest& request, Series& series) : request_(request), series_(series) {}

  void take(std::string_view line) {
    const auto fields =
        line.size() > request_.limits.line_bytes_max ? std::nullopt : parse_flat_json(line);
    if (!fields) {
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) series_.lines_refused += 1;
      return;
    }
    series_.lines += 1;
    find_place(*fields);
    if (!place_) return;
    for (const FlatField& field : *fields) {
      if (field.kind == FlatKind::kOther || field.key == kStepKey || field.key == kSecondsKey)
        continue;
      if (is_metric_key(field.key)) add(field);
    }
  }

 private:
  void find_place(const std::vector<FlatField>& fields) {
    const std::string_view wanted = key_of(request_.axis);
    for (const FlatField& field : fields) {
      if (field.key != wanted || field.kind != FlatKind::kNumber) continue;
      place_ = field.number;
      series_.has_axis = true;
      return;
    }
    if (request_.axis == SeriesAxis::kStep && !series_.has_axis) {
      place_ = static_cast<double>(series_.lines);
    }
  }

  bool is_wanted(const std::string& key) const {
    if (!request_.keys.empty()) return request_.keys.contains(key);
    return key == request_.goal || is_loss_like(key);
  }

  void add(const FlatField& field) {
    key_ = field.key;  // keeps its memory from line to line
    auto curve = series_.curves.find(key_);
    if (curve == series_.curves.end()) {
      const bool has_room = series_.curves.size() < Series::kCurvesMax || key_ == request_.goal;
      if (!is_wanted(key_) || !has_room) {
        if (series_.keys.size() < Series::kKeysMax) series_.keys.insert(key_);
        return;
      }
      curve = series_.curves.emplace(key_, Curve()).first;
    }
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    curve->second.add(*place_, field.kind == FlatKind::kNumber ? field.number : kNan);
  }

  const SeriesRequest& request_;  // outlives us
  Series& series_;                // outlives us
  std::optional<double> place_;
  std::string key_;
};

}  // namespace

std::string_view name_of(SeriesAxis axis) {
  switch (axis) {
    case SeriesAxis::kStep:
      return "step";
    case SeriesAxis::kSeconds:
      return "seconds";
    case SeriesAxis::kTokens:
      return "tokens";
  }
  __builtin_unreachable();
}

Result<Series> read_series(const AttemptFolder& folder, const SeriesRequest& request) {
  Series series;
  TRY(const auto file, ReadFile::open(folder.root, "run", "metrics.jsonl"));
  if (!file) return series;
  series.exists = true;
  series.truncated = is_cut(*file, request.limits);
  Collector collector(request, series);
  for_each_line(*file, request.limits, [&](std::string_view line) { collector.take(line); });
  return series;
}

}  // namespace pawl
