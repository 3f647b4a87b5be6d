// Which pool an attempt runs on: the cheapest that the stage allows and that has room now. Pure:
// decides on a snapshot, and the claim checks it again where it writes.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "server/policy/pools.h"

namespace pawl {

struct PlaceRequest {
  std::vector<std::string> pools;  // the stage's, in its order
  std::int32_t gpus = 1;           // a pool without GPUs gives as many slots, at least one
};

struct PoolState {
  Pool pool;
  std::int32_t total = 0;  // units that exist: Pool::count, or what the runner found
  std::int32_t free = 0;   // units that no live attempt holds
  bool open = true;        // false: its runner is gone or a human froze it
};

using Inventory = std::vector<PoolState>;

struct Placement {
  std::string pool;
  HourlyPrice price;
  std::int32_t units = 1;  // what the price counts: GPUs, or slots
  std::int32_t gpus = 0;   // 0 on a pool without GPUs
  Milliseconds startup{0};
  std::string comparability_class;
  bool operator==(const Placement&) const = default;
};

enum class PoolVerdict : std::uint8_t {
  kChosen,
  kUnknown,   // the stage names a pool that is not there
  kClosed,    // its runner is gone or it is frozen
  kTooSmall,  // would not fit even when idle
  kBusy,      // fits, but not now
  kDearer,    // has room; another costs less, or the same and stands earlier in the stage's list
};

enum class NotPlaced : std::uint8_t {
  kUnknownPool,  // never, until a human changes the policy: the stage names only pools that are not
                 // there
  kLargerThanAnyPool,  // never with this many GPUs
  kNoUsablePool,       // could not now: every pool that is large enough is closed
  kAllBusy,            // could not now: wait for a slot
};

struct PoolAnswer {
  std::string pool;
  PoolVerdict verdict{};
  bool operator==(const PoolAnswer&) const = default;
};

struct PlaceAnswer {
  std::expected<Placement, NotPlaced> placement;
  std::vector<PoolAnswer>
      pools;  // one for each pool of the request, in its order: why not each other
};

PlaceAnswer place(const PlaceRequest& request, const Inventory& inventory);

// A ceiling over every pool that the request could ever land on, for the reservation at submit: the
// highest price, startup and GPU count among them, named after the dearest. Closed and busy pools
// count: they may open.
std::expected<Placement, NotPlaced> dearest(const PlaceRequest& request,
                                            const Inventory& inventory);

std::string_view name_of(NotPlaced reason);     // "all_busy"
std::string_view name_of(PoolVerdict verdict);  // "too_small"

// "could not place: every allowed pool is busy", without naming a pool: agents do not see hardware.
std::string describe(NotPlaced reason, const PlaceRequest& request);

}  // namespace pawl
