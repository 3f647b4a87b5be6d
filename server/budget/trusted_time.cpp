#include "server/budget/trusted_time.h"

#include <algorithm>

namespace pawl {
namespace {

TrustedTime resume(Timestamp now, const TimeReading& reading, TimeTrust trust) {
  return {now, {now, reading.since_boot, reading.boot_id, std::chrono::milliseconds(0)}, trust};
}

}  // namespace

TrustedTime trusted_time(const std::optional<TimeMark>& stored, const TimeReading& reading) {
  if (!stored) return resume(reading.wall, reading, TimeTrust::kFirst);
  if (stored->boot_id != reading.boot_id || stored->since_boot > reading.since_boot) {
    // How long the machine was off is known to nobody but the wall clock.
    if (reading.wall < stored->wall) return resume(stored->wall, reading, TimeTrust::kBackward);
    return resume(reading.wall, reading, TimeTrust::kRebooted);
  }
  const auto elapsed = reading.since_boot - stored->since_boot;
  const auto accept = [&](Timestamp now, TimeTrust trust) {
    const auto step = now - (stored->wall + elapsed);
    return TrustedTime{
        now, {now, reading.since_boot, reading.boot_id, stored->stepped + step}, trust};
  };
  const Timestamp expected = stored->wall + elapsed;
  const auto drift = reading.wall - expected;
  // Many small steps must not add up to a day, so what was accepted before counts.
  if (stored->stepped + drift > kStepMax) return accept(expected, TimeTrust::kForward);
  if (drift < -kStepMax) return accept(expected, TimeTrust::kBackward);
  if (reading.wall < stored->wall) return accept(stored->wall, TimeTrust::kBackward);
  return accept(reading.wall, TimeTrust::kAgrees);
}

}  // namespace pawl
