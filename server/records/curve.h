// One metric over its axis, down-sampled while it is read: a run of any length takes the memory of
// a thousand points. Buckets are aligned at multiples of a power of two, so curves of several runs
// come onto one grid without being read again. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace pawl {

struct CurveSample {
  double x = 0;      // the largest of its points
  double value = 0;  // their mean
  std::int64_t points = 0;
};

struct CurvePoint {
  double x = 0, value = 0;
};

struct CurveFacts {
  std::int64_t points = 0;              // finite values
  std::optional<CurvePoint> last;       // the last finite one
  std::optional<CurvePoint> min, max;   // the first of equals
  std::optional<double> not_finite_at;  // where the first value was NaN or infinite
  bool ends_not_finite = false;
};

class Curve {
 public:
  static constexpr std::int64_t kBucketsMax = 1024;
  static constexpr double kAxisMax = 4503599627370496;  // 2^52: beyond it x is no counter any more

  // A value that is not finite is a fact and no sample; an x that is not, or over kAxisMax, counts
  // for nothing.
  void add(double x, double value);

  const CurveFacts& facts() const { return facts_; }
  std::vector<CurveSample> samples() const;  // by x

  // What the curve is kept at: buckets of width 2^exponent.
  int exponent() const { return exponent_; }
  void coarsen(int exponent);  // no effect when it is that coarse already
  const std::map<std::int64_t, CurveSample>& buckets() const { return buckets_; }

 private:
  std::int64_t index_of(double x) const;

  static constexpr int kFinest = -10;  // about a millisecond, or a step divided by 1024
  int exponent_ = kFinest;
  std::map<std::int64_t, CurveSample> buckets_;
  CurveFacts facts_;
};

// Several curves as rows of one table: at most `rows_max` rows, each the mean of every curve over
// the same stretch of x.
struct AlignedRow {
  double x = 0;                               // the largest of the row's points
  std::vector<std::optional<double>> values;  // one a curve
};
struct Aligned {
  std::vector<AlignedRow> rows;  // by x; a stretch without any point is left out
  std::int64_t points_max = 0;   // the most points of one curve in one row: 1 when nothing was lost
};
Aligned align(std::vector<Curve> curves, std::int64_t rows_max);

}  // namespace pawl
