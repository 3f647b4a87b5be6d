// What an experiment may use, and how much of it is used. Pure: the caller reads the clocks.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/core/result.h"

namespace trainer {

// Seconds depend on who else is on the machine, CPU-seconds less so, tokens and FLOPs not at all.
enum class BudgetKind : std::uint8_t { kSeconds, kTokens, kFlops, kCpuSeconds };

std::string_view name_of(BudgetKind kind);  // "seconds", "tokens", "flops", "cpu_seconds"
Result<BudgetKind> budget_kind(std::string_view name);
std::vector<std::string> budget_kinds();  // their names

struct Budget {
  BudgetKind kind = BudgetKind::kSeconds;
  double amount = 0;  // in the kind's unit
};

// What one step used.
struct StepCost {
  double seconds = 0;      // passed on the clock
  double cpu_seconds = 0;  // of all threads
  std::int64_t tokens = 0;
  double flops = 0;
};

class BudgetMeter {
 public:
  // `used` is what earlier parts of the same run used. Refuses an amount that is not above zero.
  static Result<BudgetMeter> create(Budget budget, double used = 0);

  // Counting begins: the warm-up, whose effects were undone, is over. Charging earlier is a bug.
  void begin() { is_counting_ = true; }
  void charge(const StepCost& cost);

  const Budget& budget() const { return budget_; }
  double used() const { return used_; }
  double progress() const;  // from 0 to 1; what schedules go by
  bool is_spent() const { return used_ >= budget_.amount; }

 private:
  BudgetMeter(Budget budget, double used) : budget_(budget), used_(used) {}

  Budget budget_;
  double used_;
  bool is_counting_ = false;
};

}  // namespace trainer
