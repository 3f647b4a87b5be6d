// What an attempt costs while it holds units of a pool, and how its provider rounds. Reservation,
// settlement, placement and forecast all charge by it, so that none of them can be below another.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"

namespace pawl {

struct Rate {
  static constexpr std::int64_t kPicosPerMicro = 1'000'000;

  // Pico-USD, because a GB-second may cost 0.0000166667 USD and nothing may be rounded down.
  std::int64_t unit_picos = 0;     // of one unit for one hour
  std::int64_t attempt_picos = 0;  // of the whole attempt for one hour: its disk
  Money once;                      // of every attempt, however short: what is carried to it
  Milliseconds least{0};           // paid even when it ends sooner
  Milliseconds step{1};            // paid time is a multiple of it

  static constexpr Rate of(HourlyPrice price) {
    return {.unit_picos = price.per_hour.micros() * kPicosPerMicro};
  }
  // Of one unit, for reading; rounded up.
  constexpr HourlyPrice per_unit() const {
    return {Money::micros((unit_picos + kPicosPerMicro - 1) / kPicosPerMicro)};
  }
  constexpr bool operator==(const Rate&) const = default;
};

constexpr Milliseconds paid_time(const Rate& rate, Milliseconds time) {
  const std::int64_t least = std::max(time, rate.least).count();
  const std::int64_t step = rate.step.count();
  if (step == 1) return Milliseconds(least);
  return Milliseconds((least + step - 1) / step * step);
}

// A stretch of time at one rate.
struct RatedTime {
  Rate rate;
  Milliseconds time{0};
};

// The time alone, rounded up once, to the next micro-USD.
constexpr Money time_charge(std::span<const RatedTime> stretches, std::int32_t units) {
  __extension__ using Wide = __int128;  // a price times units times milliseconds
  constexpr Wide kUnit = Wide{3'600'000} * Rate::kPicosPerMicro;
  Wide product = 0;
  for (const auto& [rate, time] : stretches)
    product += (Wide{rate.unit_picos} * units + rate.attempt_picos) * time.count();
  product += kUnit - 1;
  // Nearly always; a division of 64 bits by a constant is none.
  if (const auto low = static_cast<std::uint64_t>(product); low == product)
    return Money::micros(static_cast<std::int64_t>(low / static_cast<std::uint64_t>(kUnit)));
  return Money::micros(static_cast<std::int64_t>(product / kUnit));
}

// A whole attempt of that time at one rate.
constexpr Money charge(const Rate& rate, std::int32_t units, Milliseconds time) {
  const RatedTime whole{rate, paid_time(rate, time)};
  return time_charge({&whole, 1}, units) + rate.once;
}

static_assert(charge(Rate::of({Money::usd(2)}), 1, std::chrono::minutes(30)) == Money::usd(1));
static_assert(charge({.unit_picos = 1}, 1, Milliseconds(1)) == Money::micros(1));
static_assert(charge({.unit_picos = 3'600'000'000'000, .least = std::chrono::seconds(60)}, 1,
                     Milliseconds(1)) == Money::micros(60'000));

// What an attempt paid from when on: its provider may change the price while it runs (L13).
struct RateSince {
  Timestamp since{};
  Rate rate;
  bool operator==(const RateSince&) const = default;
};
using Rates = std::vector<RateSince>;  // never empty, in the order of time

// One attempt as its provider bills it.
struct RunBill {
  Rates rates;
  std::int32_t units = 1;
  Timestamp started{};
  Milliseconds billed{0};

  Money whole() const { return part(started, billed); }
  // Of [from, from + time), which lies within the run. What is paid once, and what the provider
  // adds by rounding, falls to the part in which the run ends.
  Money part(Timestamp from, Milliseconds time) const;
};

}  // namespace pawl
