#include "server/budget/thresholds.h"

namespace pawl {
namespace {

struct Meter {
  double cap = 0, before = 0, after = 0;
};

bool passes(const Meter& meter, double share) {
  const double mark = share * meter.cap;
  return meter.before < mark && meter.after >= mark;
}

std::vector<Meter> meters_of(const Balance& balance, const Amount& added) {
  const Amount before = balance.spent + balance.reserved + balance.overrun;
  const Amount after = before + added;
  std::vector<Meter> meters;
  const auto add = [&](auto cap, auto from, auto to) {
    meters.push_back(
        {static_cast<double>(cap), static_cast<double>(from), static_cast<double>(to)});
  };
  if (balance.cap.money)
    add(balance.cap.money->micros(), before.money.micros(), after.money.micros());
  if (balance.cap.gpu_time)
    add(balance.cap.gpu_time->count(), before.gpu_time.count(), after.gpu_time.count());
  return meters;
}

}  // namespace

std::vector<Crossing> crossed(const Balance& balance, const Amount& added,
                              const std::vector<double>& shares) {
  std::vector<Crossing> found;
  const std::vector<Meter> meters = meters_of(balance, added);
  for (const double share : shares) {
    for (const Meter& meter : meters) {
      if (!passes(meter, share)) continue;
      found.push_back({.share = share});
      break;
    }
  }
  if (!found.empty()) found.back().highest = true;
  return found;
}

}  // namespace pawl
