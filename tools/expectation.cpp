#include "tools/expectation.h"

#include <fmt/format.h>

#include "server/core/text.h"

namespace pawl {

std::string expected_text(const std::optional<Expected>& expected) {
  if (!expected) {
    return fmt::format(
        "worst case only, unmeasured: fewer than {} runs of this stage ended with a "
        "result",
        kRunsMin);
  }
  return fmt::format("${} and {} a job (p90 ${}, {}; {} runs)", format_usd(expected->cost_p50),
                     format_duration(expected->time_p50), format_usd(expected->cost_p90),
                     format_duration(expected->time_p90), expected->runs);
}

std::string forecast_text(const Forecast& forecast) {
  const std::string starts = forecast.starts.count() == 0
                                 ? "starts at once"
                                 : "starts in about " + format_duration(forecast.starts);
  const std::string p90 =
      forecast.ends_p90 ? " (p90 " + format_duration(*forecast.ends_p90) + ")" : "";
  return fmt::format("{}, all done {} {}{}", starts,
                     forecast.measured ? "in about" : "at the latest, by the limits alone, in",
                     format_duration(forecast.ends), p90);
}

}  // namespace pawl
