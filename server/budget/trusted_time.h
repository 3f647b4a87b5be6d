// The wall clock picks budget windows, so moving it must not buy a fresh day (L16). Pure: a stored
// mark and a reading give the time to use and the mark to store.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/core/clock.h"

namespace pawl {

struct TimeReading {
  Timestamp wall;
  std::chrono::milliseconds since_boot{0};  // monotonic, counts suspended time
  std::string boot_id;
  bool operator==(const TimeReading&) const = default;
};

// The latest trusted time: never moves back, not even across a restart or a reboot.
struct TimeMark {
  Timestamp wall;
  std::chrono::milliseconds since_boot{0};
  std::string boot_id;
  std::chrono::milliseconds stepped{
      0};  // how far accepted steps have moved `wall` off this boot's monotonic clock
  bool operator==(const TimeMark&) const = default;
};

enum class TimeTrust : std::uint8_t {
  kFirst,     // nothing was stored: the wall clock is believed
  kAgrees,    // wall and monotonic clock agree within kStepMax
  kBackward,  // the wall clock lies behind the mark, which holds, moved on by the monotonic clock
              // where it can be
  kForward,   // the wall clock ran ahead by more than kStepMax: the mark moved on by the monotonic
              // clock holds
  kRebooted,  // another boot, and the wall clock is not behind the mark: believed
};

struct TrustedTime {
  Timestamp now;
  TimeMark mark;  // to store
  TimeTrust trust = TimeTrust::kFirst;
  bool operator==(const TrustedTime&) const = default;
};

inline constexpr std::chrono::minutes kStepMax{5};

TrustedTime trusted_time(const std::optional<TimeMark>& stored, const TimeReading& reading);

}  // namespace pawl
