// The trainer's clocks. Durations only: nothing here asks what day it is.
#pragma once
#include <chrono>
#include <ctime>

namespace trainer {

// Seconds of a clock that never jumps; its zero is arbitrary.
inline double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// CPU seconds that this process used so far, all threads together.
inline double cpu_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace trainer
