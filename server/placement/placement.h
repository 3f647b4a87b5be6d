// Where an attempt runs: the offer of a pool that gives a finished result at the least expected
// cost, among those that the stage allows and that have room now. Pure: decides on a snapshot, and
// the claim checks it again where it writes.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/policy/pools.h"

namespace pawl {

// What ended attempts of the same work showed on one offer. Under kMeasuredRuns of them the
// policy's figures count.
struct Measured {
  std::int32_t runs = 0;             // launched and ended
  std::int32_t failures = 0;         // lost, or not started: not the user's code
  std::int32_t interruptions = 0;    // pre-empted
  std::int32_t results = 0;          // ended their job with a result or at its limit
  Milliseconds billed{0};            // of all of them
  Milliseconds startup{0}, work{0};  // sums over those with a result
  bool operator==(const Measured&) const = default;
};
inline constexpr std::int32_t kMeasuredRuns = 3;

// Whether a pool's prices count today.
enum class PriceState : std::uint8_t { kInForce, kNotYet, kExpired };

struct PoolState {
  Pool pool;
  std::int32_t total = 0;  // units that exist: Pool::count, or what the runner found
  std::int32_t free = 0;   // units that no live attempt holds
  bool open = true;        // false: a human has to look at it first
  PriceState price = PriceState::kInForce;
  std::array<Measured, 2> measured{};  // by Offer
};

using Inventory = std::vector<PoolState>;

struct PlaceRequest {
  std::vector<std::string> pools;  // the stage's, in its order
  std::int32_t gpus = 1;           // a pool without GPUs gives as many slots, at least one
  Spot spot = Spot::kNever;
  Milliseconds work{std::chrono::hours(1)};  // of one run, where nothing is measured
  // Results are compared only inside one class: the one that its round or its earlier attempt has.
  std::optional<std::string> required_class{};
};

struct Placement {
  std::string pool;
  Offer offer = Offer::kOnDemand;
  Rate rate;
  std::int32_t units = 1;  // what the price counts: GPUs, or slots
  std::int32_t gpus = 0;   // 0 on a pool without GPUs
  Milliseconds startup{0};
  std::string comparability_class;
  bool operator==(const Placement&) const = default;
};

enum class OfferVerdict : std::uint8_t {
  kChosen,
  kUnknown,     // the stage names a pool that is not there
  kTooSmall,    // would not fit even when idle
  kNotAllowed,  // spot or on-demand, and the stage wants the other
  kWrongClass,  // its results would not be comparable
  kNoPrice,     // its prices have expired, or do not count yet
  kClosed,      // frozen until a human looked
  kBusy,        // fits, but not now
  kDearer,      // has room; another costs less a result, or the same and stands earlier
};

enum class NotPlaced : std::uint8_t {
  kUnknownPool,  // never, until a human changes the policy: the stage names only pools that are not
                 // there
  kLargerThanAnyPool,  // never with this many GPUs
  kOnlySpot,           // never: the stage's `spot` leaves no offer
  kOtherClass,         // could not: what it would be compared with ran in a class that has no place
  kNoPriceInForce,     // could not now: a human has to write today's prices
  kNoUsablePool,       // could not now: every pool that is large enough is closed
  kAllBusy,            // could not now: wait for a slot
};

struct OfferAnswer {
  std::size_t pool = 0;  // index into PlaceRequest::pools
  Offer offer = Offer::kOnDemand;
  OfferVerdict verdict{};
  Money expected;            // of a finished result; zero where it was not worked out
  Milliseconds duration{0};  // expected, interruptions included
  bool operator==(const OfferAnswer&) const = default;
};

struct PlaceAnswer {
  std::expected<Placement, NotPlaced> placement;
  std::vector<OfferAnswer> offers;  // every offer of every pool, in the order of the request
};

PlaceAnswer place(const PlaceRequest& request, const Inventory& inventory);

// With what it costs, read while its pool is at hand: there may be a thousand.
struct PossibleOffer {
  const PoolState* state = nullptr;  // of the inventory, which outlives us
  Offer offer{};
  Rate rate{};
  std::int32_t units = 1, gpus = 0;  // as in Placement
  Milliseconds startup{0};
};

// Every offer that the request could ever land on, for the ceiling that is reserved at submit.
// Closed and busy pools count: they may open.
std::expected<std::vector<PossibleOffer>, NotPlaced> possible(const PlaceRequest& request,
                                                              const Inventory& inventory);

Placement placement_on(const PossibleOffer& offered);

// What a finished result is expected to cost on one offer, and how long it takes.
struct ResultCost {
  double usd = 0;
  double hours = 0;
};
ResultCost expected_on(const PoolState& state, Offer offer, const PlaceRequest& request);

std::string_view name_of(NotPlaced reason);      // "all_busy"
std::string_view name_of(OfferVerdict verdict);  // "too_small"
std::string_view name_of(Offer offer);           // "on-demand"

// "could not place: every allowed pool is busy", without naming a pool: agents do not see hardware.
std::string describe(NotPlaced reason, const PlaceRequest& request);

// Why this place, for an agent: "the cheapest of 3 places for a finished result, its wait counted:
// 0.31 USD expected; 1 dearer (0.44 USD), 1 busy".
std::string why(const PlaceAnswer& answer);
// ... and for the human, who knows the pools: one line for each offer.
std::string why_by_pool(const PlaceAnswer& answer, const PlaceRequest& request);

}  // namespace pawl
