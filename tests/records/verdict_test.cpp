// What is said of a curve.
#include "server/records/verdict.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

using namespace pawl;

namespace {

constexpr CurveTraits kLoss{.direction = Direction::kMin};
constexpr CurveTraits kHeldOut{.direction = Direction::kMin, .held_out = true};

Curve curve_of(std::int64_t steps, const std::function<double(double)>& value) {
  Curve curve;
  for (std::int64_t i = 1; i <= steps; ++i) {
    curve.add(static_cast<double>(i), value(static_cast<double>(i)));
  }
  return curve;
}

double decay(double step) { return 2 + 3 * std::exp(-step / 100); }

struct Noise {
  std::mt19937 random{7};
  double operator()(double size) { return std::normal_distribution<double>(0, size)(random); }
};

std::string said(const Curve& curve, const CurveTraits& traits = kLoss) {
  return verdict_text(judge(curve, traits), "step");
}

}  // namespace

TEST(Verdict, AFallingLossImproves) {
  Noise noise;
  EXPECT_EQ(said(curve_of(200, [&](double x) { return decay(x) + noise(0.02); })), "improving");
  EXPECT_EQ(said(curve_of(100, [](double x) { return -x; })), "improving");
}

TEST(Verdict, ALossThatHasConvergedIsFlat) {
  Noise noise;
  EXPECT_EQ(said(curve_of(3000, [&](double x) { return decay(x) + noise(0.02); })), "flat");
  EXPECT_EQ(said(curve_of(50, [](double) { return 2.5; })), "flat");
  EXPECT_EQ(said(curve_of(50, [](double) { return 0.0; })), "flat");
}

TEST(Verdict, SaysWhereALossDiverged) {
  Noise noise;
  const Curve curve = curve_of(
      600, [&](double x) { return decay(x) + noise(0.02) + (x < 410 ? 0 : (x - 410) * 0.05); });
  const Judgement judgement = judge(curve, kLoss);
  EXPECT_EQ(judgement.verdict, CurveVerdict::kDiverged);
  EXPECT_NEAR(judgement.at.value(), 410, 25);
}

TEST(Verdict, ASlowRiseOfAHeldOutLossIsOverfitting) {
  const Curve curve =
      curve_of(400, [](double x) { return decay(x) + (x < 200 ? 0 : (x - 200) * 0.002); });
  const Judgement judgement = judge(curve, kHeldOut);
  EXPECT_EQ(judgement.verdict, CurveVerdict::kOverfitting);
  EXPECT_NEAR(judgement.at.value(), 265, 20);  // where decay and rise balance
  EXPECT_EQ(said(curve), "worsening");         // on its own training data it is something else
}

TEST(Verdict, JumpsOutOfLineAreSpikes) {
  Noise noise;
  EXPECT_EQ(said(curve_of(300,
                          [&](double x) {
                            const bool jump = std::fmod(x, 60) == 30;
                            return decay(x) + noise(0.01) + (jump ? 2 : 0);
                          })),
            "spiky");
}

TEST(Verdict, EndingInNaNSaysWhereItBegan) {
  EXPECT_EQ(said(curve_of(50, [](double x) { return x < 12 ? decay(x) : std::nan(""); })),
            "not finite at step 12");
  EXPECT_EQ(said(curve_of(3, [](double) { return std::nan(""); })), "not finite at step 1");
}

TEST(Verdict, AFewPointsAreTooFew) {
  EXPECT_EQ(said(curve_of(7, [](double x) { return -x; })), "too short");
  EXPECT_EQ(said(Curve()), "too short");
  EXPECT_FALSE(judge(curve_of(7, [](double x) { return -x; }), kLoss).slope);
}

TEST(Verdict, WhereNobodySaysWhatIsBetterItRisesOrFalls) {
  const CurveTraits unknown;
  EXPECT_EQ(said(curve_of(100, [](double x) { return x; }), unknown), "rising");
  EXPECT_EQ(said(curve_of(100, [](double x) { return -x; }), unknown), "falling");
}

TEST(Verdict, TheSlopeIsOfTheLastFifthAndAUnitOfX) {
  const Curve curve = curve_of(100, [](double x) { return x < 80 ? 100 : 100 - 3 * (x - 80); });
  EXPECT_NEAR(judge(curve, kLoss).slope.value(), -3, 1e-9);
}

TEST(Verdict, KnowsALossByItsName) {
  for (const char* key : {"loss", "train_loss", "val_bpb", "eval/ppl"}) {
    EXPECT_TRUE(is_loss_like(key)) << key;
  }
  EXPECT_FALSE(is_loss_like("lr"));
  EXPECT_TRUE(is_held_out("val_bpb"));
  EXPECT_FALSE(is_held_out("train_loss"));
}

namespace {

rc::Gen<std::vector<double>> some_values() {
  return rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(-100'000, 100'000), [](int v) { return v / 1024.0; }));
}

Curve scaled(const std::vector<double>& values, double x_scale, double value_scale) {
  Curve curve;
  double x = 0;
  for (const double value : values) curve.add(++x * x_scale, value * value_scale);
  return curve;
}

}  // namespace

TEST(Verdict, UnitsChangeNothing) {
  EXPECT_TRUE(rc::check([] {
    const auto values = *some_values();
    const CurveTraits traits{.direction = Direction::kMin, .held_out = *rc::gen::arbitrary<bool>()};
    const Judgement plain = judge(scaled(values, 1, 1), traits);
    const Judgement other = judge(scaled(values, 1024, 0.0009765625), traits);
    RC_ASSERT(plain.verdict == other.verdict);
    RC_ASSERT(plain.at.has_value() == other.at.has_value());
    if (plain.at) RC_ASSERT(*plain.at * 1024 == *other.at);
  }));
}

TEST(Verdict, UpsideDownIsTheSameWhenBetterIsTurnedToo) {
  EXPECT_TRUE(rc::check([] {
    const auto values = *some_values();
    const bool held_out = *rc::gen::arbitrary<bool>();
    const Judgement down = judge(scaled(values, 1, 1), {Direction::kMin, held_out});
    const Judgement up = judge(scaled(values, 1, -1), {Direction::kMax, held_out});
    RC_ASSERT(down.verdict == up.verdict);
    RC_ASSERT(down.at == up.at);
  }));
}

TEST(Verdict, AStraightWayDownIsAlwaysAnImprovement) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange(8, 2000);
    const double slope = *rc::gen::inRange(1, 1'000'000) / 1000.0;
    const double start = *rc::gen::inRange(-1000, 1000);
    const Curve curve = curve_of(count, [&](double x) { return start - slope * x; });
    RC_ASSERT(judge(curve, kHeldOut).verdict == CurveVerdict::kImproving);
  }));
}

TEST(Verdict, AnythingAtAllHasOne) {
  EXPECT_TRUE(rc::check([] {
    const auto values = *rc::gen::arbitrary<std::vector<double>>();
    const double huge = std::numeric_limits<double>::max();
    Curve curve = scaled(values, 1, 1);
    for (const double value : {huge, -huge, huge, -huge}) curve.add(1e6, value);
    const Judgement judgement = judge(curve, kHeldOut);
    RC_ASSERT(!name_of(judgement.verdict).empty());
  }));
}
