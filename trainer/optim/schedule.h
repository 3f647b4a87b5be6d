// What changes with progress: learning rates, Muon's momentum and decay. Pure.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace trainer {

struct Schedule {
  double warmup = 0;          // share of the budget
  double warmdown = 0.5;      // share of the budget
  double final_fraction = 0;  // of the learning rate
  double muon_momentum_start = 0.85, muon_momentum_end = 0.95;
  std::int64_t muon_momentum_steps = 300;
  double weight_decay = 0.2;  // of Muon; falls to 0 with progress

  // Factor of every learning rate at `progress` in [0, 1] of the budget.
  double rate(double progress) const {
    if (progress < warmup) return progress / warmup;
    if (progress <= 1 - warmdown) return 1;
    const double left = std::max(0.0, 1 - progress) / warmdown;
    return left + (1 - left) * final_fraction;
  }
  double momentum(std::int64_t step) const {
    const double share =
        std::min(1.0, static_cast<double>(step) /
                          static_cast<double>(std::max<std::int64_t>(1, muon_momentum_steps)));
    return muon_momentum_start + share * (muon_momentum_end - muon_momentum_start);
  }
  double decay(double progress) const { return weight_decay * (1 - std::min(1.0, progress)); }
};

}  // namespace trainer
