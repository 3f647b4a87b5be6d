// The pools that stages may name: units of one kind behind one runner, with their price. Agents
// never see one.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/rate.h"
#include "server/policy/policy.h"

namespace pawl {

enum class RunnerKind : std::uint8_t { kLocal };
enum class Billing : std::uint8_t {
  kMetered,  // somebody sends a bill
  kOwned,    // an accounting price
};

// How a unit of a pool is had: at the full price, or cheaper from capacity that its provider may
// take away at any time.
enum class Offer : std::uint8_t { kOnDemand, kSpot };

// So much memory for one second; its own unit of money, because such prices are tiny.
struct GbSecondPrice {
  std::int64_t picos = 0;  // pico-USD
  constexpr auto operator<=>(const GbSecondPrice&) const = default;
};

struct Pool {
  std::string name;
  RunnerKind runner = RunnerKind::kLocal;
  std::optional<std::string> gpu;             // the kind, such as "H100"; absent: CPU slots
  std::optional<std::int32_t> gpu_memory_gb;  // at least, where one kind has several sizes
  std::optional<std::int32_t> count;          // GPUs or slots; absent: as many as the runner finds
  // Of one unit for one hour; always given, there is no default price (L17). Of a pool that is paid
  // by memory: the same in USD an hour, rounded up.
  HourlyPrice price;
  std::optional<HourlyPrice> spot_price;         // absent: nothing is had on spot
  std::optional<GbSecondPrice> gb_second_price;  // instead of `price` in the file
  std::optional<std::int32_t> memory_mb;         // what such a unit holds
  std::optional<Sourced<std::chrono::year_month_day>> valid_from, valid_until;  // both included
  double spot_interruptions = 0;  // expected, of one attempt in an hour
  Billing billing = Billing::kMetered;
  std::string comparability_class;  // an opaque letter; metrics rank only inside one
  Milliseconds startup{0};          // paid before the attempt's first instruction, at most
  Milliseconds least_billed{0}, billing_step{1};
  std::optional<Money> disk_price;      // USD per GB and month
  std::optional<Money> transfer_price;  // USD per GB
  std::int32_t disk_gb = 0;             // that an attempt holds while it lives
  std::int32_t transfer_gb = 0;         // that are carried for each attempt, at most
  std::string source;                   // where the pool is defined
  bool operator==(const Pool&) const = default;
};

// What an attempt there pays. `offer` must exist.
Rate rate_of(const Pool& pool, Offer offer);

using Pools = std::vector<Pool>;  // in the order of the files

const Pool* find_pool(const Pools& pools, std::string_view name);  // or null

}  // namespace pawl
