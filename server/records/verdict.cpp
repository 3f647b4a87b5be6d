#include "server/records/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace pawl {
namespace {

constexpr std::size_t kSlopeSamplesLeast = 4;
constexpr std::size_t kTailSamplesLeast = 3;
constexpr std::size_t kSpikesLeast = 3;
constexpr double kSure = 6;         // noise deviations beyond doubt
constexpr double kLikely = 3;       // ... beyond reasonable doubt
constexpr double kSlopeErrors = 3;  // standard errors of a slope that is more than noise
constexpr double kLostOfBest = 0.02;
constexpr double kNoteworthy = 0.002;  // of the whole spread
constexpr double kRounding = 1e-9;     // of the largest value: what is left of sums

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double median(std::span<const double> values, std::size_t begin, std::size_t end) {
  const auto part = values.subspan(begin, end - begin);
  return median(std::vector<double>(part.begin(), part.end()));
}

// The values turned so that lower is better, and scaled to at most 1.
std::vector<double> turned(std::span<const CurveSample> samples, Direction direction) {
  double largest = 0;
  for (const CurveSample& sample : samples) largest = std::max(largest, std::abs(sample.value));
  const double scale = largest > 0 ? largest : 1;
  std::vector<double> values;
  for (const CurveSample& sample : samples) {
    const double value = sample.value / scale;
    values.push_back(direction == Direction::kMin ? value : -value);
  }
  return values;
}

// From differences of neighbours, so that a trend does not count; the median, so that a jump does
// not.
double noise_in(std::span<const double> values) {
  constexpr double kDeviationsOfMedian = 1.4826;
  std::vector<double> steps;
  for (std::size_t i = 1; i < values.size(); ++i) steps.push_back(values[i] - values[i - 1]);
  const double usual = median(steps);
  for (double& step : steps) step = std::abs(step - usual);
  return kDeviationsOfMedian * median(std::move(steps)) / std::sqrt(2.0);
}

struct Line {
  double slope = 0;  // of x from 0 to 1 over the samples
  double error = 0;  // its standard error
};

Line fit(std::span<const double> x, std::span<const double> y) {
  const auto count = static_cast<double>(x.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / count;
    mean_y += y[i] / count;
  }
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx == 0) return {};
  Line line{.slope = xy / xx};
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double rest = y[i] - mean_y - line.slope * (x[i] - mean_x);
    squares += rest * rest;
  }
  line.error = std::sqrt(squares / (count - 2) / xx);
  return line;
}

// Where the curve was best, by the middle of three neighbours: one lucky point is no best.
struct Shape {
  std::vector<double> smooth;
  std::size_t best = 0, tail = 0;  // indices; tail: where the end begins
  double gain = 0, loss = 0;       // from the start to the best, from the best to the end
  double noise = 0, spread = 0;
};

Shape shape_of(std::span<const double> values) {
  const std::size_t count = values.size();
  Shape shape;
  for (std::size_t i = 0; i < count; ++i) {
    shape.smooth.push_back(median(values, i == 0 ? 0 : i - 1, std::min(i + 2, count)));
  }
  shape.best =
      static_cast<std::size_t>(std::ranges::min_element(shape.smooth) - shape.smooth.begin());
  shape.tail = count - std::max(kTailSamplesLeast, count / 20);
  const double best = shape.smooth[shape.best];
  shape.gain = std::max(0.0, median(values, 0, std::max<std::size_t>(1, count / 10)) - best);
  shape.loss = median(values, shape.tail, count) - best;
  shape.noise = noise_in(values);
  const auto [least, most] = std::ranges::minmax(values);
  shape.spread = most - least;
  return shape;
}

std::optional<std::size_t> diverged_from(const Shape& shape) {
  const double best = shape.smooth[shape.best];
  const double lost =
      std::max({kSure * shape.noise, shape.gain / 2, kLostOfBest * std::abs(best), kRounding});
  if (shape.best >= shape.tail || shape.loss <= lost) return std::nullopt;
  std::size_t from = shape.smooth.size() - 1;
  while (from > shape.best + 1 && shape.smooth[from - 1] > best + lost / 2) --from;
  return from;
}

bool is_past_its_best(const Shape& shape) {
  const double worth = std::max({kLikely * shape.noise, 0.01 * shape.gain, kRounding});
  return shape.best < shape.smooth.size() - shape.smooth.size() / 5 && shape.loss > worth;
}

std::size_t spikes_in(std::span<const double> values, const Shape& shape) {
  const double jump = std::max({kSure * shape.noise, shape.spread / 5, kRounding});
  std::size_t spikes = 0;
  for (std::size_t i = 2; i + 2 < values.size(); ++i) {
    if (std::abs(values[i] - median(values, i - 2, i + 3)) > jump) ++spikes;
  }
  return spikes;
}

struct Trend {
  int sign = 0;  // of values as turned: 1 is worse
  double slope = 0;
};

Trend trend_of(std::span<const CurveSample> samples, std::span<const double> values,
               double spread) {
  const std::size_t count = std::max(kSlopeSamplesLeast, samples.size() / 5);
  const auto end = samples.last(count);
  const double span = end.back().x - end.front().x;
  std::vector<double> x, raw;
  for (const CurveSample& sample : end) {
    x.push_back(span > 0 ? (sample.x - end.front().x) / span : 0);
    raw.push_back(sample.value);
  }
  const Line line = fit(x, values.last(count));
  const bool counts = std::abs(line.slope) > kSlopeErrors * line.error &&
                      std::abs(line.slope) > std::max(kNoteworthy * spread, kRounding);
  return {.sign = counts ? (line.slope > 0 ? 1 : -1) : 0,
          .slope = span > 0 ? fit(x, raw).slope / span : 0};
}

CurveVerdict by_trend(int sign, bool directed) {
  if (sign == 0) return CurveVerdict::kFlat;
  if (directed) return sign < 0 ? CurveVerdict::kImproving : CurveVerdict::kWorsening;
  return sign < 0 ? CurveVerdict::kFalling : CurveVerdict::kRising;
}

bool contains_any(std::string_view key, std::span<const std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return key.find(word) != std::string_view::npos; });
}

}  // namespace

Judgement judge(const Curve& curve, const CurveTraits& traits) {
  const std::vector<CurveSample> samples = curve.samples();
  Judgement judgement;
  std::vector<double> values;
  Shape shape;
  Trend trend;
  if (samples.size() >= kSamplesLeast) {
    values = turned(samples, traits.direction.value_or(Direction::kMin));
    shape = shape_of(values);
    trend = trend_of(samples, values, shape.spread);
    judgement.slope = trend.slope;
  }
  if (curve.facts().ends_not_finite) {
    judgement.verdict = CurveVerdict::kNotFinite;
    judgement.at = curve.facts().not_finite_at;
    return judgement;
  }
  if (values.empty()) return judgement;
  const auto diverged = traits.direction ? diverged_from(shape) : std::nullopt;
  if (diverged) {
    judgement.verdict = CurveVerdict::kDiverged;
    judgement.at = samples[*diverged].x;
  } else if (traits.direction && traits.held_out && is_past_its_best(shape)) {
    judgement.verdict = CurveVerdict::kOverfitting;
    judgement.at = samples[shape.best].x;
  } else if (spikes_in(values, shape) >= kSpikesLeast) {
    judgement.verdict = CurveVerdict::kSpiky;
  } else {
    judgement.verdict = by_trend(trend.sign, traits.direction.has_value());
  }
  return judgement;
}

std::string_view name_of(CurveVerdict verdict) {
  switch (verdict) {
    case CurveVerdict::kNotFinite:
      return "not finite";
    case CurveVerdict::kTooShort:
      return "too short";
    case CurveVerdict::kDiverged:
      return "diverged";
    case CurveVerdict::kOverfitting:
      return "overfitting";
    case CurveVerdict::kSpiky:
      return "spiky";
    case CurveVerdict::kImproving:
      return "improving";
    case CurveVerdict::kWorsening:
      return "worsening";
    case CurveVerdict::kRising:
      return "rising";
    case CurveVerdict::kFalling:
      return "falling";
    case CurveVerdict::kFlat:
      return "flat";
  }
  __builtin_unreachable();
}

std::string verdict_text(const Judgement& judgement, std::string_view axis) {
  const std::string word(name_of(judgement.verdict));
  if (!judgement.at) return word;
  return fmt::format("{} {} {} {:.6g}", word,
                     judgement.verdict == CurveVerdict::kOverfitting ? "since" : "at", axis,
                     *judgement.at);
}

bool is_loss_like(std::string_view key) {
  constexpr std::array<std::string_view, 5> kWords = {"loss", "bpb", "perplexity", "ppl", "nll"};
  return contains_any(key, kWords);
}

bool is_held_out(std::string_view key) {
  constexpr std::array<std::string_view, 3> kWords = {"val", "eval", "test"};
  return contains_any(key, kWords);
}

}  // namespace pawl
