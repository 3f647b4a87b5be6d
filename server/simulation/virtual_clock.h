// The time of a simulation: moves when it is told to. One thread.
#pragma once
#include "server/core/clock.h"

namespace pawl::simulation {

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Timestamp begins) : now_(begins) {}

  Timestamp now() const override { return now_; }
  std::chrono::milliseconds since_boot() const override { return since_boot_; }

  void advance_to(std::chrono::milliseconds since_boot) {
    now_ += since_boot - since_boot_;
    since_boot_ = since_boot;
  }
  void jump(std::chrono::milliseconds by) { now_ += by; }  // the wall clock alone

 private:
  Timestamp now_;
  std::chrono::milliseconds since_boot_{std::chrono::hours(1)};
};

}  // namespace pawl::simulation
