#include "server/jobs/terms.h"

#include <fmt/format.h>

#include <algorithm>

namespace pawl {

Milliseconds worst_time_after(Milliseconds startup, Milliseconds limit) {
  return worst_case(limit, {.startup = startup, .grace = kGrace, .report_delay = kReportDelay});
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

// The day on which the prices of the first such pool stopped or begin, and its place in the file.
std::string price_source(const PlaceRequest& place, const Inventory& inventory) {
  for (const PoolState& state : inventory) {
    if (state.price == PriceState::kInForce ||
        std::ranges::count(place.pools, state.pool.name) == 0)
      continue;
    const bool expired = state.price == PriceState::kExpired;
    const auto& day = expired ? *state.pool.valid_until : *state.pool.valid_from;
    return fmt::format("; a price {} {:04}-{:02}-{:02} ({})",
                       expired ? "was valid until" : "is valid from",
                       static_cast<int>(day.value.year()), static_cast<unsigned>(day.value.month()),
                       static_cast<unsigned>(day.value.day()), day.source);
  }
  return "";
}

Result<Terms> terms_on(StageRules stage, std::int32_t gpus, Milliseconds limit,
                       const Inventory& inventory) {
  PlaceRequest place{
      .pools = std::move(stage.pools), .gpus = gpus, .spot = stage.spot, .work = limit};
  const auto offers = possible(place, inventory);
  if (!offers) {
    const bool no_price = offers.error() == NotPlaced::kNoPriceInForce;
    return fail(ErrorKind::kDenied,
                "stage " + stage.stage + ": " + describe(offers.error(), place) +
                    (no_price ? price_source(place, inventory) : ""),
                no_price ? "A human writes today's prices into the pools of the policy."
                         : "Choose another stage; briefing lists those that can run here.");
  }
  Terms terms{.rules = std::move(stage), .place = std::move(place), .gpus = 0, .limit = limit};
  const PossibleOffer* dearest = nullptr;
  for (const PossibleOffer& offer : *offers) {
    const Milliseconds time = worst_time_after(offer.startup, limit);
    const Amount worst = amount_of(offer.rate, offer.units, offer.gpus, time);
    if (dearest == nullptr || worst.money > terms.worst.money) dearest = &offer;
    terms.worst.money = std::max(terms.worst.money, worst.money);
    terms.worst.gpu_time = std::max(terms.worst.gpu_time, worst.gpu_time);
    terms.worst_time = std::max(terms.worst_time, time);
    terms.gpus = std::max(terms.gpus, offer.gpus);
  }
  terms.dearest = placement_on(*dearest);
  return terms;
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
  if (request.slice) return terms_on(std::move(stage), gpus, *request.slice, inventory);
  std::optional<Milliseconds> asked_time;
  if (request.minutes_max) asked_time = std::chrono::minutes(*request.minutes_max);
  TRY(const Milliseconds limit,
      runtime_for(asked_time, {stage.max_runtime.value, stage.max_runtime.source}));
  return terms_on(std::move(stage), gpus, limit, inventory);
}

Result<Terms> terms_of_job(const Rules& rules, const NewJob& job, const Inventory& inventory) {
  TRY(StageRules stage, rules_for(rules.policy, job.principal, job.stage));
  return terms_on(std::move(stage), std::max(job.gpus, 1), job.limit, inventory);
}

}  // namespace pawl
