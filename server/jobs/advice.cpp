#include "server/jobs/advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/core/text.h"

namespace pawl {
namespace {

constexpr int kStartupPercentMax = 40;
constexpr std::chrono::hours kLong{2};

void about_time(const WorkShape& shape, std::vector<std::string>& advice) {
  const auto expected = expected_of(shape.runs);
  if (expected && expected->time_p90 >= shape.limit) {
    const bool stage_is_short = shape.limit >= shape.stage_max;
    advice.push_back(
        fmt::format("Nine of ten earlier runs took up to {}, and the limit is {}: {}.",
                    format_duration(expected->time_p90), format_duration(shape.limit),
                    stage_is_short ? "choose a stage that allows more" : "raise minutes_max"));
  }
  const auto cut = std::ranges::count(shape.runs, true, &PastRun::cut);
  if (cut > 0) {
    advice.push_back(
        fmt::format("{} of {} earlier runs were stopped at their limit.", cut, shape.runs.size()));
  }
  if (shape.limit >= kLong) {
    advice.push_back(fmt::format(
        "A run may take {}: keep checkpoints in PAWL_CHECKPOINT_DIR, so that a retry resumes.",
        format_duration(shape.limit)));
  }
}

}  // namespace

std::vector<std::string> advice_on(const WorkShape& shape) {
  std::vector<std::string> advice;
  about_time(shape, advice);
  const bool known = shape.startup && shape.billed && shape.billed->count() > 0;
  if (known && *shape.startup * 100 > *shape.billed * kStartupPercentMax) {
    advice.push_back(fmt::format(
        "{} of the {} of the last run passed before its command began: build less, or use an "
        "environment or caches.",
        format_duration(*shape.startup), format_duration(*shape.billed)));
  }
  if (!shape.noise_measured) {
    advice.emplace_back(
        "Run one revision with repeat:3 first: without a noise floor no gain can "
        "be told from luck.");
  }
  return advice;
}

}  // namespace pawl
