// What a curve does, in one word: so that nobody reads a thousand points to see that a run
// diverged. Pure; scaling or shifting x, scaling the values, or turning both values and direction
// around changes no verdict.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/core/goal.h"
#include "server/records/curve.h"

namespace pawl {

// In order of precedence: the first that holds.
enum class CurveVerdict : std::uint8_t {
  kNotFinite,    // its last value is NaN or infinite
  kTooShort,     // under kSamplesLeast points
  kDiverged,     // has lost half of what it had gained, and 2 % of its best, for good
  kOverfitting,  // a held-out metric past its best
  kSpiky,        // three or more jumps out of line
  kImproving,    // the slope of the last fifth, where it is more than noise
  kWorsening,
  kRising,  // the same where nobody said which way is better
  kFalling,
  kFlat,
};
std::string_view name_of(CurveVerdict verdict);

inline constexpr std::size_t kSamplesLeast = 8;

struct CurveTraits {
  std::optional<Direction> direction;  // which way is better; absent: unknown
  bool held_out = false;               // measured on data that is not trained on
};

struct Judgement {
  CurveVerdict verdict = CurveVerdict::kTooShort;
  std::optional<double> at;     // of kNotFinite, kDiverged, kOverfitting: where it began
  std::optional<double> slope;  // of the last fifth, a unit of x; absent when too short
};
Judgement judge(const Curve& curve, const CurveTraits& traits);

// "diverged at step 410", "improving".
std::string verdict_text(const Judgement& judgement, std::string_view axis);

// By its name: a loss falls, and one with "val", "eval" or "test" in it is held out.
bool is_loss_like(std::string_view key);
bool is_held_out(std::string_view key);

}  // namespace pawl
