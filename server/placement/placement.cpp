#include "server/placement/placement.h"

#include <algorithm>
#include <cassert>

namespace pawl {
namespace {

constexpr double kMillisecondsPerHour = 3'600'000;
constexpr double kHoursPerMillisecond = 1 / kMillisecondsPerHour;
constexpr double kUsdPerPico = 1e-12;
constexpr double kMicrosPerUsd = 1e6;
constexpr double kFailuresMost = 0.9;      // an offer that always fails is dear, not infinite
constexpr double kInterruptionsMost = 20;  // ... likewise

// An offer that has room.
struct Candidate {
  const PoolState* state;
  std::size_t offer;  // index into PlaceAnswer::offers
  ResultCost cost{};
};

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

// Every offer of every pool, in the order of the request; the state is null of a pool that is not
// there.
template <class F>
void each_offer(const PlaceRequest& request, const Inventory& inventory, F visit) {
  PoolSearch search(inventory);
  for (std::size_t i = 0; i < request.pools.size(); ++i) {
    const PoolState* const state = search.find(request.pools[i]);
    if (state == nullptr) {
      visit(state, OfferAnswer{.pool = i, .verdict = OfferVerdict::kUnknown});
      continue;
    }
    for (const Offer offer : {Offer::kOnDemand, Offer::kSpot}) {
      if (offer == Offer::kSpot && !state->pool.spot_price) continue;
      visit(state,
            OfferAnswer{.pool = i, .offer = offer, .verdict = verdict_on(*state, offer, request)});
    }
  }
}

// The reason of the offer that came nearest: what a wait would cure outweighs what only a human
// can.
class Reasons {
 public:
  void add(OfferVerdict verdict) { seen_ |= bit(verdict); }
  NotPlaced nearest() const {
    const auto any = [this](OfferVerdict verdict) { return (seen_ & bit(verdict)) != 0; };
    if (any(OfferVerdict::kBusy)) return NotPlaced::kAllBusy;
    if (any(OfferVerdict::kClosed)) return NotPlaced::kNoUsablePool;
    if (any(OfferVerdict::kNoPrice)) return NotPlaced::kNoPriceInForce;
    if (any(OfferVerdict::kWrongClass)) return NotPlaced::kOtherClass;
    if (any(OfferVerdict::kNotAllowed)) return NotPlaced::kOnlySpot;
    if (any(OfferVerdict::kTooSmall)) return NotPlaced::kLargerThanAnyPool;
    return NotPlaced::kUnknownPool;
  }

 private:
  static std::uint32_t bit(OfferVerdict verdict) { return 1U << static_cast<unsigned>(verdict); }
  std::uint32_t seen_ = 0;
};

double usd_an_hour(const Rate& rate, std::int32_t units) {
  return (static_cast<double>(rate.unit_picos) * units + static_cast<double>(rate.attempt_picos)) *
         kUsdPerPico;
}

// Of what is not negative; llround() is a call.
std::int64_t rounded(double value) {
  constexpr double kHalf = 0.5;
  return static_cast<std::int64_t>(value + kHalf);
}

double hours_of(Milliseconds time) {
  return static_cast<double>(time.count()) * kHoursPerMillisecond;
}

PossibleOffer offered_by(const PoolState& state, Offer offer, const PlaceRequest& request) {
  const Pool& pool = state.pool;
  return {.state = &state,
          .offer = offer,
          .rate = rate_of(pool, offer),
          .units = request.gpus,
          .gpus = pool.gpu ? request.gpus : 0,
          .startup = pool.startup};
}

// Dollars of a result and of the wait for it. An hour of waiting is worth an hour of the cheapest
// place: among places of one speed the price decides, and a slow one must save as much as its wait.
const Candidate* best_of(const std::vector<Candidate>& candidates) {
  double hour = 0;
  bool first = true;
  for (const Candidate& candidate : candidates) {
    const auto& [usd, hours] = candidate.cost;
    const double price = hours > 0 ? usd / hours : 0;
    hour = first ? price : std::min(hour, price);
    first = false;
  }
  const Candidate* best = nullptr;
  double least = 0;
  for (const Candidate& candidate : candidates) {
    const double score = candidate.cost.usd + hour * candidate.cost.hours;
    if (best != nullptr && score >= least) continue;
    best = &candidate;
    least = score;
  }
  return best;
}

}  // namespace

Placement placement_on(const PossibleOffer& offered) {
  return {.pool = offered.state->pool.name,
          .offer = offered.offer,
          .rate = offered.rate,
          .units = offered.units,
          .gpus = offered.gpus,
          .startup = offered.startup,
          .comparability_class = offered.state->pool.comparability_class};
}

ResultCost expected_on(const PoolState& state, Offer offer, const PlaceRequest& request) {
  const Measured& seen = state.measured[static_cast<std::size_t>(offer)];
  const bool times_known = seen.results >= kMeasuredRuns;
  const bool rates_known = seen.runs >= kMeasuredRuns && seen.billed.count() > 0;
  double startup = hours_of(state.pool.startup), work = hours_of(request.work);
  if (times_known) {
    startup = hours_of(seen.startup) / seen.results;
    work = hours_of(seen.work) / seen.results;
  }
  double interruptions = offer == Offer::kSpot ? state.pool.spot_interruptions : 0;  // an hour
  double failures = 0;
  if (rates_known) {
    interruptions = seen.interruptions / hours_of(seen.billed);
    failures = std::min(kFailuresMost, double{1} * seen.failures / seen.runs);
  }
  // Each interruption costs another startup and half of what was done: a checkpoint keeps the rest.
  const double whole = startup + work;
  const double times = std::min(kInterruptionsMost, interruptions * whole);
  const double tries = 1 / (1 - failures);
  const double hours = (whole + times * (startup + work / 4)) * tries;
  const Rate rate = rate_of(state.pool, offer);
  const double once = static_cast<double>(rate.once.micros()) / kMicrosPerUsd;
  return {.usd = usd_an_hour(rate, request.gpus) * hours + once * (1 + times) * tries,
          .hours = hours};
}

PlaceAnswer place(const PlaceRequest& request, const Inventory& inventory) {
  assert(request.gpus >= 1);
  PlaceAnswer answer;
  answer.offers.reserve(request.pools.size());
  std::vector<Candidate> candidates;
  candidates.reserve(request.pools.size());
  Reasons reasons;
  each_offer(request, inventory, [&](const PoolState* state, OfferAnswer offer) {
    reasons.add(offer.verdict);
    if (offer.verdict == OfferVerdict::kDearer) {
      const ResultCost cost = expected_on(*state, offer.offer, request);
      offer.expected = Money::micros(rounded(cost.usd * kMicrosPerUsd));
      offer.duration = Milliseconds(rounded(cost.hours * kMillisecondsPerHour));
      candidates.push_back({state, answer.offers.size(), cost});
    }
    answer.offers.push_back(offer);
  });
  if (const Candidate* const best = best_of(candidates)) {
    OfferAnswer& chosen = answer.offers[best->offer];
    chosen.verdict = OfferVerdict::kChosen;
    answer.placement = placement_on(offered_by(*best->state, chosen.offer, request));
  } else {
    answer.placement = std::unexpected(reasons.nearest());
  }
  return answer;
}

std::expected<std::vector<PossibleOffer>, NotPlaced> possible(const PlaceRequest& request,
                                                              const Inventory& inventory) {
  assert(request.gpus >= 1);
  std::vector<PossibleOffer> found;
  found.reserve(request.pools.size());
  Reasons reasons;
  each_offer(request, inventory, [&](const PoolState* state, const OfferAnswer& offer) {
    reasons.add(offer.verdict);
    if (offer.verdict == OfferVerdict::kDearer || offer.verdict == OfferVerdict::kBusy ||
        offer.verdict == OfferVerdict::kClosed)
      found.push_back(offered_by(*state, offer.offer, request));
  });
  if (found.empty()) return std::unexpected(reasons.nearest());
  return found;
}

}  // namespace pawl
