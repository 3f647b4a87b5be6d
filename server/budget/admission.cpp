#include "server/budget/admission.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace pawl {
namespace {

__extension__ using Wide = __int128;  // spent + reserved + overrun + asked may pass an int64

// One unit of one window, in its smallest part: micro-USD or milliseconds.
struct Meter {
  std::optional<std::int64_t> cap;
  Wide used = 0;      // spent + overrun: gone for good
  Wide reserved = 0;  // may come back
  std::int64_t asked = 0;

  Wide left() const { return Wide{*cap} - used - reserved; }
  bool refuses() const { return cap && asked > 0 && asked > left(); }
  bool fits_an_empty_window() const { return asked <= *cap; }
  bool fits_without_reservations() const { return asked <= Wide{*cap} - used; }
};

Meter meter_of(const Balance& balance, Unit unit, const Amount& asked) {
  const auto sum = [](std::int64_t a, std::int64_t b) { return Wide{a} + b; };
  if (unit == Unit::kUsd) {
    const auto& cap = balance.cap.money;
    return {cap ? std::optional(cap->micros()) : std::nullopt,
            sum(balance.spent.money.micros(), balance.overrun.money.micros()),
            balance.reserved.money.micros(), asked.money.micros()};
  }
  const auto& cap = balance.cap.gpu_time;
  return {cap ? std::optional<std::int64_t>(cap->count()) : std::nullopt,
          sum(balance.spent.gpu_time.count(), balance.overrun.gpu_time.count()),
          balance.reserved.gpu_time.count(), asked.gpu_time.count()};
}

Refusal refusal_of(const Balance& balance, Unit unit, const Amount& asked) {
  const Meter meter = meter_of(balance, unit, asked);
  Refusal refusal{balance, unit, asked, std::nullopt, meter.fits_without_reservations()};
  const bool ends = balance.span.ends != Timestamp::max();
  if (ends && meter.fits_an_empty_window()) refusal.retry_at = balance.span.ends;
  return refusal;
}

// "Never" outlasts every end.
bool stays_longer(const Refusal& a, const Refusal& b) {
  return a.retry_at.value_or(Timestamp::max()) > b.retry_at.value_or(Timestamp::max());
}

constexpr std::array kUnits = {Unit::kUsd, Unit::kGpuTime};

}  // namespace

Room available(const Balance& balance) {
  const auto room = [&](Unit unit) -> std::optional<std::int64_t> {
    const Meter meter = meter_of(balance, unit, {});
    if (!meter.cap) return std::nullopt;
    return static_cast<std::int64_t>(std::clamp<Wide>(meter.left(), 0, *meter.cap));
  };
  return {room(Unit::kUsd).transform([](std::int64_t n) { return Money::micros(n); }),
          room(Unit::kGpuTime).transform([](std::int64_t ms) { return Milliseconds(ms); })};
}

std::optional<Refusal> refuse(const BudgetView& view, const Amount& asked) {
  assert(asked.money >= Money() && asked.gpu_time.count() >= 0);
  std::optional<Refusal> binding;
  for (const Balance& balance : view) {
    for (const Unit unit : kUnits) {
      if (!meter_of(balance, unit, asked).refuses()) continue;
      const Refusal refusal = refusal_of(balance, unit, asked);
      if (!binding || stays_longer(refusal, *binding)) binding = refusal;
    }
  }
  return binding;
}

std::int32_t how_many_fit(const BudgetView& view, const Amount& each) {
  Wide fit = kNothingLimits;
  for (const Balance& balance : view) {
    for (const Unit unit : kUnits) {
      const Meter meter = meter_of(balance, unit, each);
      if (meter.cap && meter.asked > 0) fit = std::min(fit, meter.left() / meter.asked);
    }
  }
  return static_cast<std::int32_t>(std::max<Wide>(fit, 0));
}

}  // namespace pawl
