// Money in micro-USD and GPU time in milliseconds. Integers, so that sums are exact and the ledger
// balances to the last unit; 2^63 micro-USD is about 9.2 trillion dollars.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace pawl {

using Milliseconds = std::chrono::milliseconds;

class Money {
 public:
  constexpr Money() = default;
  static constexpr Money micros(std::int64_t n) { return Money(n); }
  static constexpr Money usd(std::int64_t n) { return Money(n * 1'000'000); }

  constexpr std::int64_t micros() const { return micros_; }
  constexpr auto operator<=>(const Money&) const = default;
  constexpr Money operator+(Money other) const { return Money(micros_ + other.micros_); }
  constexpr Money operator-(Money other) const { return Money(micros_ - other.micros_); }
  constexpr Money& operator+=(Money other) { return *this = *this + other; }

 private:
  constexpr explicit Money(std::int64_t n) : micros_(n) {}
  std::int64_t micros_ = 0;
};

// One GPU (or, on a pool without GPUs, one slot) for one hour.
struct HourlyPrice {
  Money per_hour;
  constexpr auto operator<=>(const HourlyPrice&) const = default;
};

// Rounded up to the next micro-USD: a reservation must never be smaller than the charge it covers.
constexpr Money cost(HourlyPrice price, std::int32_t units, Milliseconds time) {
  constexpr std::int64_t kMillisecondsPerHour = 3'600'000;
  __extension__ using Wide = __int128;  // the product of three int64 does not fit one
  const Wide product = static_cast<Wide>(price.per_hour.micros()) * units * time.count();
  return Money::micros(
      static_cast<std::int64_t>((product + kMillisecondsPerHour - 1) / kMillisecondsPerHour));
}

static_assert(cost({Money::usd(2)}, 1, std::chrono::minutes(30)) == Money::usd(1));
static_assert(cost({Money::micros(1)}, 1, Milliseconds(1)) == Money::micros(1));
static_assert(cost({Money::usd(3)}, 8, std::chrono::hours(1)) == Money::usd(24));

// What a budget counts: dollars, and GPU time beside them (an owned box has only an accounting
// price).
struct Amount {
  Money money;
  Milliseconds gpu_time{0};  // GPUs x wall time; zero on a pool without GPUs
  constexpr bool operator==(const Amount&) const = default;
  constexpr Amount operator+(const Amount& o) const {
    return {money + o.money, gpu_time + o.gpu_time};
  }
  constexpr Amount operator-(const Amount& o) const {
    return {money - o.money, gpu_time - o.gpu_time};
  }
};

// "12.40": two decimals, rounded half up, for reading. Never parse it back.
std::string format_usd(Money money);

// A decimal such as "2.39" or "0.000001" in USD, exactly. Refuses exponents, signs, NaN, more than
// six decimals and anything over 10^12 USD: an amount that a human may have mistyped is not
// guessed.
Result<Money> parse_usd(std::string_view text);

}  // namespace pawl
