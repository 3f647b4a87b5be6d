// Down-sampling: what a thousand points keep of a million.
#include "server/records/curve.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

using namespace pawl;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Curve curve_of(const std::vector<CurvePoint>& points) {
  Curve curve;
  for (const CurvePoint& point : points) curve.add(point.x, point.value);
  return curve;
}

Curve line(std::int64_t steps, double slope = 1) {
  Curve curve;
  for (std::int64_t i = 1; i <= steps; ++i) {
    curve.add(static_cast<double>(i), slope * static_cast<double>(i));
  }
  return curve;
}

}  // namespace

TEST(Curve, FewPointsAreKeptAsTheyAre) {
  const auto samples = line(20).samples();
  ASSERT_EQ(samples.size(), 20U);
  EXPECT_EQ(samples[6].x, 7);
  EXPECT_EQ(samples[6].value, 7);
  EXPECT_EQ(samples[6].points, 1);
}

TEST(Curve, AMillionPointsTakeAThousandBuckets) {
  const Curve curve = line(1'000'000);
  EXPECT_LE(curve.buckets().size(), 1024U);
  EXPECT_GE(curve.buckets().size(), 512U);
  EXPECT_EQ(curve.facts().points, 1'000'000);
}

TEST(Curve, FactsAreOfThePointsAndNotOfTheBuckets) {
  const Curve curve = curve_of({{1, 3}, {2, -1}, {3, 7}, {4, -1}, {5, 2}});
  EXPECT_EQ(curve.facts().min->x, 2);
  EXPECT_EQ(curve.facts().max->value, 7);
  EXPECT_EQ(curve.facts().last->value, 2);
}

TEST(Curve, RemembersWhereItStoppedBeingFinite) {
  const Curve recovered = curve_of({{1, 3}, {2, kNan}, {3, 1}});
  EXPECT_EQ(recovered.facts().not_finite_at, 2);
  EXPECT_FALSE(recovered.facts().ends_not_finite);
  EXPECT_EQ(recovered.facts().points, 2);
  EXPECT_TRUE(curve_of({{1, 3}, {2, HUGE_VAL}}).facts().ends_not_finite);
}

TEST(Curve, AnAxisThatIsNoCounterCountsForNothing) {
  const Curve curve = curve_of({{kNan, 1}, {1e300, 1}, {-HUGE_VAL, 1}, {-5, 4}});
  EXPECT_EQ(curve.facts().points, 1);
  EXPECT_EQ(curve.samples().at(0).x, -5);
}

TEST(Align, PutsTwoRunsOnOneAxis) {
  const Aligned aligned = align({line(100), line(50, 2)}, 10);
  ASSERT_EQ(aligned.rows.size(), 10U);
  EXPECT_EQ(aligned.rows[0].x, 10);
  EXPECT_EQ(aligned.rows[0].values[0], 5.5);
  EXPECT_EQ(aligned.rows[0].values[1], 11);
  EXPECT_EQ(aligned.rows[9].values[1], std::nullopt);
  EXPECT_EQ(aligned.points_max, 10);
}

TEST(Align, LosesNothingWhereThereIsRoom) {
  const Aligned aligned = align({line(30)}, 30);
  ASSERT_EQ(aligned.rows.size(), 30U);
  EXPECT_EQ(aligned.points_max, 1);
  EXPECT_EQ(aligned.rows[29].x, 30);
}

TEST(Align, OfNothingIsNothing) {
  EXPECT_TRUE(align({}, 30).rows.empty());
  EXPECT_TRUE(align({Curve(), curve_of({{1, kNan}})}, 30).rows.empty());
}

TEST(Align, KeepsEveryPointInOrderAndWithinTheRows) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange(1, 4);
    const std::int64_t rows_max = *rc::gen::inRange(2, 200);
    std::vector<Curve> curves(static_cast<std::size_t>(count));
    std::int64_t points = 0;
    for (Curve& curve : curves) {
      const auto xs = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-2'000, 1'000'000));
      const double stretch = *rc::gen::element(0.001, 1.0, 4e6);
      for (const int x : xs) curve.add(x * stretch, 1);
      points += static_cast<std::int64_t>(xs.size());
    }
    const Aligned aligned = align(curves, rows_max);
    RC_ASSERT(static_cast<std::int64_t>(aligned.rows.size()) <= rows_max);
    std::int64_t kept = 0;
    for (const Curve& curve : curves) {
      RC_ASSERT(curve.buckets().size() <= 1024U);
      for (const auto& [index, sample] : curve.buckets()) kept += sample.points;
    }
    RC_ASSERT(kept == points);
    for (std::size_t i = 0; i < aligned.rows.size(); ++i) {
      if (i > 0) RC_ASSERT(aligned.rows[i - 1].x < aligned.rows[i].x);
      for (const auto& value : aligned.rows[i].values) {
        if (value) RC_ASSERT(std::abs(*value - 1) < 1e-9);
      }
    }
  }));
}

TEST(Curve, CoarseningEarlyOrLateIsTheSame) {
  EXPECT_TRUE(rc::check([] {
    const auto xs = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-1'000, 100'000));
    Curve early;
    Curve late;
    early.coarsen(9);
    for (const int x : xs) {
      early.add(x, x % 7);
      late.add(x, x % 7);
    }
    late.coarsen(9);
    RC_ASSERT(early.buckets().size() == late.buckets().size());
    auto other = late.buckets().begin();
    for (const auto& [index, sample] : early.buckets()) {
      RC_ASSERT(index == other->first);
      RC_ASSERT(sample.points == other->second.points);
      RC_ASSERT(sample.x == other->second.x);
      RC_ASSERT(std::abs(sample.value - other->second.value) < 1e-9);
      ++other;
    }
  }));
}
