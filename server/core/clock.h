// The only place that reads the time. The wall clock picks budget windows and is shown; every
// duration comes from the monotonic clock, which counts suspended time too and starts again at
// boot.
#pragma once
#include <chrono>
#include <ctime>
#include <string>

namespace pawl {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC, as stored

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual std::chrono::milliseconds since_boot() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::milliseconds since_boot() const override {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                         std::chrono::nanoseconds(time.tv_nsec));
  }
};

}  // namespace pawl
