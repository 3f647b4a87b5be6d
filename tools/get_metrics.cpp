// Curves of a few jobs on one axis, with a verdict on each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::array<std::string_view, 3> kAxes = {"step", "seconds", "tokens"};
constexpr std::int64_t kJobsMax = 8, kKeysMax = 8, kPointsMax = 200;
constexpr std::int64_t kPointsConcise = 30;
constexpr std::size_t kOtherKeysMax = 20;
constexpr std::size_t kFrameBytes = 900;  // summary, notes, next and budget
constexpr std::size_t kCurveBytes = 115;  // a row about one curve
constexpr std::size_t kGapBytes = 2;      // between two columns of the text
constexpr std::size_t kCellBytes = 9;

}  // namespace

template <>
struct Shape<SeriesAxis> : WordShape<SeriesAxis, kAxes> {};

namespace {

const Fields<MetricsRequest>& fields() {
  static const Fields<MetricsRequest> table = {
      field("jobs", &MetricsRequest::jobs, "").required().range(1, kJobsMax),
      field("keys", &MetricsRequest::keys, "absent: the goal and losses").range(0, kKeysMax),
      field("points", &MetricsRequest::points, "rows at most").range(2, kPointsMax),
      field("x", &MetricsRequest::axis, "")};
  return table;
}

std::string column_of(const JobCurve& line) { return line.job + "." + line.key; }

// As many rows as the reply has room for: a curve that loses its end says nothing.
std::int64_t rows_that_fit(const MetricsReply& metrics, std::int64_t points, std::size_t tokens) {
  std::size_t used = kFrameBytes;
  std::size_t row = kCellBytes + kGapBytes;
  for (const JobCurve& line : metrics.curves) {
    const std::string name = column_of(line);
    used += kCurveBytes + name.size();
    row += std::max(kCellBytes, name.size()) + kGapBytes;
  }
  const std::size_t room = tokens * 4 > used ? (tokens * 4 - used) / row : 0;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(room), 2, points);
}

int decimals_of(const JobCurve& line) {
  const CurveFacts& facts = line.curve.facts();
  const double least = facts.min ? std::abs(facts.min->value) : 0;
  const double most = facts.max ? std::abs(facts.max->value) : 0;
  return metric_decimals(std::max(least, most));
}

// Whole steps and tokens; of seconds and fractions, three digits behind the point.
Cell axis_cell(double x) {
  if (x == std::floor(x)) return static_cast<std::int64_t>(x);
  return Fixed{x, 3};
}

// Three digits that count, however flat the curve.
Cell slope_cell(const std::optional<double>& slope) {
  constexpr int kDecimalsMax = 12;
  if (!slope) return std::monostate{};
  if (*slope == 0) return Fixed{0, 0};
  const double digits = 2 - std::floor(std::log10(std::abs(*slope)));
  return Fixed{*slope, static_cast<int>(std::clamp(digits, 0.0, double{kDecimalsMax}))};
}

Table rows_of(const MetricsReply& metrics, const Aligned& aligned, std::string_view axis) {
  Table table{{std::string(axis)}, {}};
  for (const JobCurve& line : metrics.curves) table.columns.push_back(column_of(line));
  for (const AlignedRow& row : aligned.rows) {
    std::vector<Cell> cells = {axis_cell(row.x)};
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      cells.push_back(metric_cell(row.values[i], decimals_of(metrics.curves[i])));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table curves_of(const MetricsReply& metrics, std::string_view axis) {
  Table table{{"job", "key", "points", "last", "best", "best_at", "slope", "verdict"}, {}};
  for (const JobCurve& line : metrics.curves) {
    const CurveFacts& facts = line.curve.facts();
    const auto& best = line.higher_is_better ? facts.max : facts.min;
    const int decimals = decimals_of(line);
    table.rows.push_back({line.job, line.key, facts.points,
                          facts.last ? Cell{Fixed{facts.last->value, decimals}} : Cell{},
                          best ? Cell{Fixed{best->value, decimals}} : Cell{},
                          best ? axis_cell(best->x) : Cell{}, slope_cell(line.judgement.slope),
                          verdict_text(line.judgement, axis)});
  }
  return table;
}

std::string summary_of(const MetricsReply& metrics, const Aligned& aligned, std::string_view axis) {
  if (metrics.curves.empty()) return "No curve: " + metrics.absent.front() + ".";
  const JobCurve& first = metrics.curves.front();
  std::string text =
      fmt::format("{} {} is {}", first.job, first.key, verdict_text(first.judgement, axis));
  if (first.curve.facts().last) {
    text += fmt::format(", last {:.{}f}", first.curve.facts().last->value, decimals_of(first));
  }
  return text + fmt::format("; {} over {}, {}.", plural(metrics.curves.size(), "curve"), axis,
                            plural(aligned.rows.size(), "row"));
}

std::string sampling_of(const Aligned& aligned) {
  if (aligned.points_max <= 1) return "every point";
  return fmt::format("means of up to {} points a row; x is the last of them", aligned.points_max);
}

bool is_lost(const Judgement& judgement) {
  return judgement.verdict == CurveVerdict::kDiverged ||
         judgement.verdict == CurveVerdict::kNotFinite;
}

Lines next_after(const MetricsReply& metrics) {
  Lines next;
  for (const JobCurve& line : metrics.curves) {
    const bool live = std::ranges::find(metrics.live, line.job) != metrics.live.end();
    if (!live || !is_lost(line.judgement)) continue;
    next.push_back(fmt::format(R"(cancel_jobs jobs:["{}"] why:"{} {}")", line.job, line.key,
                               name_of(line.judgement.verdict)));
    break;
  }
  if (!metrics.live.empty()) {
    next.push_back(fmt::format(R"(wait_jobs jobs:["{}"])", metrics.live.front()));
  } else {
    next.emplace_back("leaderboard");
  }
  return next;
}

Result<Reply> run(const Call& call, const MetricsRequest& request) {
  TRY(MetricsReply metrics, call.service.metrics(call.caller, request));
  const std::size_t tokens = request.points > kPointsConcise ? kDetailedTokens : kConciseTokens;
  const std::string_view axis = kAxes[static_cast<std::size_t>(request.axis)];
  const std::int64_t rows_max = rows_that_fit(metrics, request.points, tokens);
  std::vector<Curve> curves;
  for (const JobCurve& line : metrics.curves) curves.push_back(line.curve);
  const Aligned aligned = align(std::move(curves), rows_max);
  if (metrics.other_keys.size() > kOtherKeysMax) metrics.other_keys.resize(kOtherKeysMax);
  Reply reply{.summary = summary_of(metrics, aligned, axis),
              .data = {{"", rows_of(metrics, aligned, axis), "get_metrics with fewer keys"},
                       {"curves", curves_of(metrics, axis), "get_metrics with fewer jobs"},
                       {"sampling", sampling_of(aligned)}},
              .missing = metrics.absent,
              .next = next_after(metrics),
              .budget = call.service.budget_line(call.caller),
              .tokens_max = tokens};
  if (!metrics.other_keys.empty()) reply.data.push_back({"other_keys", metrics.other_keys});
  if (rows_max < request.points && aligned.points_max > 1) {
    reply.missing.push_back(fmt::format("{} of {} rows asked for; fewer jobs or keys{} get more",
                                        rows_max, request.points,
                                        tokens == kConciseTokens ? ", or points:60," : ""));
  }
  return reply;
}

}  // namespace

Tool get_metrics_tool() {
  return make_tool({.name = "get_metrics",
                    .title = "Curves",
                    .description = "Curves of jobs on one x, running ones too: aligned rows, and "
                                   "each one's last, best, slope of the last fifth and verdict "
                                   "(improving, diverged at ...). Final values: get_job.",
                    .read_only = true,
                    .idempotent = true,
                    .table = true},
                   fields(), run);
}

}  // namespace pawl
