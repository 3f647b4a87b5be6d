// The keeper's two clocks. Deadlines and bills count CLOCK_BOOTTIME, which no one can set and which
// goes on while the machine sleeps; the wall clock is only written down.
#pragma once
#include <chrono>
#include <ctime>

namespace pawl::keeper {

using Milliseconds = std::chrono::milliseconds;

inline std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

inline std::chrono::nanoseconds since_boot() { return read_clock(CLOCK_BOOTTIME); }
inline Milliseconds wall_time() {
  return std::chrono::floor<Milliseconds>(read_clock(CLOCK_REALTIME));
}

}  // namespace pawl::keeper
