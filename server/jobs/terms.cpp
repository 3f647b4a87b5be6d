#include "server/jobs/terms.h"

#include <fmt/format.h>

namespace pawl {

Milliseconds worst_time_on(const Placement& placement, Milliseconds limit) {
  return worst_case(limit,
                    {.startup = placement.startup, .grace = kGrace, .report_delay = kReportDelay});
}

namespace {

constexpr std::int64_t kGpusMax = 1024;
constexpr std::int64_t kMinutesMax = 60 * 24 * 30;

Result<void> check_range(std::string_view what, const std::optional<std::int64_t>& value,
                         std::int64_t most) {
  if (!value || (*value >= 1 && *value <= most)) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("{} is {}; 1 to {} are allowed", what, *value, most));
}

}  // namespace

Result<Terms> terms_for(const Rules& rules, const TermsRequest& request,
                        const Inventory& inventory) {
  CHECK_OK(check_range("gpus", request.gpus, kGpusMax));
  CHECK_OK(check_range("minutes_max", request.minutes_max, kMinutesMax));
  TRY(StageRules stage, rules_for(rules.policy, request.principal, request.stage));
  std::optional<std::int32_t> asked_gpus;
  if (request.gpus) asked_gpus = static_cast<std::int32_t>(*request.gpus);
  TRY(const std::int32_t gpus, gpus_for(stage, asked_gpus));
  std::optional<Milliseconds> asked_time;
  if (request.minutes_max) asked_time = std::chrono::minutes(*request.minutes_max);
  TRY(const Milliseconds limit,
      runtime_for(asked_time, {stage.max_runtime.value, stage.max_runtime.source}));
  PlaceRequest place{.pools = stage.pools, .gpus = gpus};
  const auto ceiling = dearest(place, inventory);
  if (!ceiling) {
    return fail(ErrorKind::kDenied,
                "stage " + request.stage + ": " + describe(ceiling.error(), place),
                "Choose another stage; briefing lists those that can run here.");
  }
  const Milliseconds worst_time = worst_time_on(*ceiling, limit);
  return Terms{.rules = std::move(stage),
               .place = std::move(place),
               .gpus = ceiling->gpus,
               .limit = limit,
               .dearest = *ceiling,
               .worst_time = worst_time,
               .worst = amount_of(ceiling->price, ceiling->units, ceiling->gpus, worst_time)};
}

}  // namespace pawl
