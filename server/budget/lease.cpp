#include "server/budget/lease.h"

#include <algorithm>

namespace pawl {

Milliseconds first_slice(const LeaseRules& rules) {
  return std::min({Milliseconds(kSlice), rules.idle, rules.longest});
}

Amount lease_cost(const LeasePrice& price, Milliseconds until) {
  return amount_of(price.rate, price.units, price.gpus, worst_case(until, price.delays));
}

LeaseAnswer next_slice(const Lease& lease, const LeaseRules& rules, const LeasePrice& price,
                       const BudgetView& others) {
  if (lease.granted - lease.ran > kRenewBefore) return NotYet{};
  if (rules.longest <= lease.granted) return LetEnd{LeaseEnd::kLongest, lease.granted, {}};
  const Milliseconds until =
      std::min({lease.granted + kSlice, lease.used + rules.idle, rules.longest});
  if (until <= lease.granted) return LetEnd{LeaseEnd::kIdle, lease.granted, {}};
  const Renewal renewal{until, lease_cost(price, until)};
  if (!rules.enforced) return renewal;
  if (rules.quiet) return LetEnd{LeaseEnd::kQuiet, lease.granted, {}};
  if (rules.usd && renewal.whole.money > *rules.usd)
    return LetEnd{LeaseEnd::kUsd, lease.granted, renewal.whole};
  if (auto refusal = refuse(others, renewal.whole))
    return LetEnd{LeaseEnd::kBudget, lease.granted, renewal.whole, std::move(refusal)};
  return renewal;
}

}  // namespace pawl
