#include "server/policy/pools.h"

#include <algorithm>
#include <cassert>

namespace pawl {
namespace {

constexpr std::int64_t kHoursPerMonth = 730;

// Rounded up: what a provider divides in another way must not be dearer than this.
constexpr std::int64_t per_hour_of_month(Money month) {
  return (month.micros() * Rate::kPicosPerMicro + kHoursPerMonth - 1) / kHoursPerMonth;
}

std::int64_t unit_picos(const Pool& pool) {
  constexpr std::int64_t kSeconds = 3'600;
  constexpr std::int64_t kMbPerGb = 1'000;
  if (!pool.gb_second_price) return Rate::of(pool.price).unit_picos;
  return (pool.gb_second_price->picos * *pool.memory_mb * kSeconds + kMbPerGb - 1) / kMbPerGb;
}

}  // namespace

Rate rate_of(const Pool& pool, Offer offer) {
  assert(offer == Offer::kOnDemand || pool.spot_price);
  return {.unit_picos =
              offer == Offer::kSpot ? Rate::of(*pool.spot_price).unit_picos : unit_picos(pool),
          .attempt_picos = per_hour_of_month(pool.disk_price.value_or(Money())) * pool.disk_gb,
          .once = Money::micros(pool.transfer_price.value_or(Money()).micros() * pool.transfer_gb),
          .least = pool.least_billed,
          .step = std::max(pool.billing_step, Milliseconds(1))};
}

const Pool* find_pool(const Pools& pools, std::string_view name) {
  const auto found = std::ranges::find(pools, name, &Pool::name);
  return found == pools.end() ? nullptr : &*found;
}

}  // namespace pawl
