#include "server/records/curve.h"

#include <algorithm>
#include <cmath>

namespace pawl {
namespace {

// Without a sum, which could overflow.
double mean_of(const CurveSample& a, const CurveSample& b) {
  const auto share = static_cast<double>(b.points) / static_cast<double>(a.points + b.points);
  return a.value * (1 - share) + b.value * share;
}

void merge(CurveSample& into, const CurveSample& more) {
  into.value = mean_of(into, more);
  into.x = std::max(into.x, more.x);
  into.points += more.points;
}

void put(std::map<std::int64_t, CurveSample>& buckets, std::int64_t index,
         const CurveSample& sample) {
  const auto [place, is_new] = buckets.try_emplace(index, sample);
  if (!is_new) merge(place->second, sample);
}

void note(CurveFacts& facts, const CurvePoint& point) {
  facts.ends_not_finite = !std::isfinite(point.value);
  if (facts.ends_not_finite) {
    if (!facts.not_finite_at) facts.not_finite_at = point.x;
    return;
  }
  facts.points += 1;
  facts.last = point;
  if (!facts.min || point.value < facts.min->value) facts.min = point;
  if (!facts.max || point.value > facts.max->value) facts.max = point;
}

}  // namespace

std::int64_t Curve::index_of(double x) const {
  return static_cast<std::int64_t>(std::floor(std::ldexp(x, -exponent_)));
}

void Curve::add(double x, double value) {
  if (!std::isfinite(x) || std::abs(x) > kAxisMax) return;
  note(facts_, {x, value});
  if (!std::isfinite(value)) return;
  if (!buckets_.empty()) {
    const double first = std::min(x, buckets_.begin()->second.x);
    const double last = std::max(x, buckets_.rbegin()->second.x);
    while (index_of(last) - index_of(first) >= kBucketsMax) coarsen(exponent_ + 1);
  }
  put(buckets_, index_of(x), {x, value, 1});
}

void Curve::coarsen(int exponent) {
  const int steps = exponent - exponent_;
  if (steps <= 0) return;
  std::map<std::int64_t, CurveSample> coarser;
  for (const auto& [index, sample] : buckets_) put(coarser, index >> std::min(steps, 63), sample);
  buckets_ = std::move(coarser);
  exponent_ = exponent;
}

std::vector<CurveSample> Curve::samples() const {
  std::vector<CurveSample> samples;
  for (const auto& [index, sample] : buckets_) samples.push_back(sample);
  return samples;
}

Aligned align(std::vector<Curve> curves, std::int64_t rows_max) {
  int exponent = -1000;
  for (const Curve& curve : curves) exponent = std::max(exponent, curve.exponent());
  std::optional<std::int64_t> first, last;
  for (Curve& curve : curves) {
    curve.coarsen(exponent);
    if (curve.buckets().empty()) continue;
    const std::int64_t begin = curve.buckets().begin()->first;
    const std::int64_t end = curve.buckets().rbegin()->first;
    first = std::min(first.value_or(begin), begin);
    last = std::max(last.value_or(end), end);
  }
  if (!first) return {};
  const std::int64_t factor = (*last - *first) / rows_max + 1;
  std::map<std::int64_t, std::vector<std::optional<CurveSample>>> rows;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    for (const auto& [index, sample] : curves[i].buckets()) {
      auto& row = rows[(index - *first) / factor];
      row.resize(curves.size());
      if (row[i]) {
        merge(*row[i], sample);
      } else {
        row[i] = sample;
      }
    }
  }
  Aligned aligned;
  for (const auto& [index, cells] : rows) {
    AlignedRow& row = aligned.rows.emplace_back();
    row.x = -Curve::kAxisMax;
    for (const auto& cell : cells) {
      row.values.push_back(cell ? std::optional(cell->value) : std::nullopt);
      if (!cell) continue;
      row.x = std::max(row.x, cell->x);
      aligned.points_max = std::max(aligned.points_max, cell->points);
    }
  }
  return aligned;
}

}  // namespace pawl
