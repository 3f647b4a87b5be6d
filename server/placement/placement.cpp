#include "server/placement/placement.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace pawl {
namespace {

constexpr double kMillisecondsPerHour = 3'600'000;
constexpr double kPicosPerUsd = 1e12;
constexpr double kFailuresMost = 0.9;      // an offer that always fails is dear, not infinite
constexpr double kInterruptionsMost = 20;  // ... likewise

struct Offered {
  const PoolState* state;
  OfferAnswer answer;
  double usd = 0, hours = 0;
};

Placement placement_on(const Pool& pool, Offer offer, std::int32_t units) {
  return {.pool = pool.name,
          .offer = offer,
          .rate = rate_of(pool, offer),
          .units = units,
          .gpus = pool.gpu ? units : 0,
          .startup = pool.startup,
          .comparability_class = pool.comparability_class};
}

bool is_allowed(Spot spot, Offer offer) {
  return offer == Offer::kSpot ? spot != Spot::kNever : spot != Spot::kOnly;
}

// What stands against an offer by itself, before the offers are compared. kDearer: nothing.
OfferVerdict verdict_on(const PoolState& state, Offer offer, const PlaceRequest& request) {
  if (state.total < request.gpus) return OfferVerdict::kTooSmall;
  if (!is_allowed(request.spot, offer)) return OfferVerdict::kNotAllowed;
  if (request.required_class && *request.required_class != state.pool.comparability_class)
    return OfferVerdict::kWrongClass;
  if (state.price != PriceState::kInForce) return OfferVerdict::kNoPrice;
  if (!state.open) return OfferVerdict::kClosed;
  return state.free < request.gpus ? OfferVerdict::kBusy : OfferVerdict::kDearer;
}

// Stages mostly name pools in the order of the file, so the search goes on where it ended: one step
// for each of many pools.
class PoolSearch {
 public:
  explicit PoolSearch(const Inventory& inventory) : inventory_(inventory) {}
  const PoolState* find(const std::string& name) {
    for (std::size_t step = 0; step < inventory_.size(); ++step) {
      if (next_ == inventory_.size()) next_ = 0;
      const PoolState& state = inventory_[next_++];
      if (state.pool.name == name) return &state;
    }
    return nullptr;
  }

 private:
  const Inventory& inventory_;  // outlives us
  std::size_t next_ = 0;
};

std::vector<Offered> offers_of(const PlaceRequest& request, const Inventory& inventory) {
  std::vector<Offered> offers;
  offers.reserve(request.pools.size() * 2);
  PoolSearch search(inventory);
  for (std::size_t i = 0; i < request.pools.size(); ++i) {
    const PoolState* const state = search.find(request.pools[i]);
    if (state == nullptr) {
      offers.push_back({nullptr, {.pool = i, .verdict = OfferVerdict::kUnknown}});
      continue;
    }
    for (const Offer offer : {Offer::kOnDemand, Offer::kSpot}) {
      if (offer == Offer::kSpot && !state->pool.spot_price) continue;
      offers.push_back(
          {state, {.pool = i, .offer = offer, .verdict = verdict_on(*state, offer, request)}});
    }
  }
  return offers;
}

// The reason of the offer that came nearest: what a wait would cure outweighs what only a human
// can.
NotPlaced reason_of(const std::vector<Offered>& offers) {
  const auto any = [&](OfferVerdict verdict) {
    return std::ranges::any_of(offers,
                               [=](const Offered& o) { return o.answer.verdict == verdict; });
  };
  if (any(OfferVerdict::kBusy)) return NotPlaced::kAllBusy;
  if (any(OfferVerdict::kClosed)) return NotPlaced::kNoUsablePool;
  if (any(OfferVerdict::kNoPrice)) return NotPlaced::kNoPriceInForce;
  if (any(OfferVerdict::kWrongClass)) return NotPlaced::kOtherClass;
  if (any(OfferVerdict::kNotAllowed)) return NotPlaced::kOnlySpot;
  if (any(OfferVerdict::kTooSmall)) return NotPlaced::kLargerThanAnyPool;
  return NotPlaced::kUnknownPool;
}

double usd_an_hour(const Rate& rate, std::int32_t units) {
  return (static_cast<double>(rate.unit_picos) * units + static_cast<double>(rate.attempt_picos)) /
         kPicosPerUsd;
}

double mean(Milliseconds sum, std::int32_t n) {
  return static_cast<double>(sum.count()) / n / kMillisecondsPerHour;
}

// Dollars of a result and of the wait for it. An hour of waiting is worth an hour of the cheapest
// place: among places of one speed the price decides, and a slow one must save as much as its wait.
Offered* best_of(std::vector<Offered>& offers, const PlaceRequest& request) {
  double hour = 0;
  bool first = true;
  for (Offered& offered : offers) {
    if (offered.answer.verdict != OfferVerdict::kDearer) continue;
    const ResultCost expected = expected_on(*offered.state, offered.answer.offer, request);
    offered.usd = expected.usd;
    offered.hours = expected.hours;
    offered.answer.expected = Money::micros(std::llround(expected.usd * 1e6));
    offered.answer.duration = Milliseconds(std::llround(expected.hours * kMillisecondsPerHour));
    const double price = expected.hours > 0 ? expected.usd / expected.hours : 0;
    hour = first ? price : std::min(hour, price);
    first = false;
  }
  Offered* best = nullptr;
  for (Offered& offered : offers) {
    if (offered.answer.verdict != OfferVerdict::kDearer) continue;
    const auto score = [=](const Offered& o) { return o.usd + hour * o.hours; };
    if (best == nullptr || score(offered) < score(*best)) best = &offered;
  }
  return best;
}

}  // namespace

ResultCost expected_on(const PoolState& state, Offer offer, const PlaceRequest& request) {
  const Measured& seen = state.measured[static_cast<std::size_t>(offer)];
  const bool times_known = seen.results >= kMeasuredRuns;
  const bool rates_known = seen.runs >= kMeasuredRuns && seen.billed.count() > 0;
  const double startup =
      times_known ? mean(seen.startup, seen.results) : mean(state.pool.startup, 1);
  const double work = times_known ? mean(seen.work, seen.results) : mean(request.work, 1);
  double interruptions = offer == Offer::kSpot ? state.pool.spot_interruptions : 0;  // an hour
  if (rates_known) interruptions = seen.interruptions / mean(seen.billed, 1);
  const double failures =
      rates_known ? std::min(kFailuresMost, double{1} * seen.failures / seen.runs) : 0;
  // Each interruption costs another startup and half of what was done: a checkpoint keeps the rest.
  const double whole = startup + work;
  const double times = std::min(kInterruptionsMost, interruptions * whole);
  const double hours = (whole + times * (startup + work / 4)) / (1 - failures);
  const Rate rate = rate_of(state.pool, offer);
  const double attempts = (1 + times) / (1 - failures);
  return {.usd = usd_an_hour(rate, request.gpus) * hours +
                 static_cast<double>(rate.once.micros()) / 1e6 * attempts,
          .hours = hours};
}

PlaceAnswer place(const PlaceRequest& request, const Inventory& inventory) {
  assert(request.gpus >= 1);
  std::vector<Offered> offers = offers_of(request, inventory);
  PlaceAnswer answer;
  if (Offered* const best = best_of(offers, request)) {
    best->answer.verdict = OfferVerdict::kChosen;
    answer.placement = placement_on(best->state->pool, best->answer.offer, request.gpus);
  } else {
    answer.placement = std::unexpected(reason_of(offers));
  }
  answer.offers.reserve(offers.size());
  for (const Offered& offered : offers) answer.offers.push_back(offered.answer);
  return answer;
}

std::expected<std::vector<Placement>, NotPlaced> possible(const PlaceRequest& request,
                                                          const Inventory& inventory) {
  assert(request.gpus >= 1);
  const std::vector<Offered> offers = offers_of(request, inventory);
  std::vector<Placement> found;
  for (const Offered& offered : offers) {
    const OfferVerdict verdict = offered.answer.verdict;
    if (verdict != OfferVerdict::kDearer && verdict != OfferVerdict::kBusy &&
        verdict != OfferVerdict::kClosed)
      continue;
    found.push_back(placement_on(offered.state->pool, offered.answer.offer, request.gpus));
  }
  if (found.empty()) return std::unexpected(reason_of(offers));
  return found;
}

}  // namespace pawl
