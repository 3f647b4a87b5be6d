// The files on disk are a proposal. What lets less happen counts at once; what lets more happen
// waits until a human approves it. Pure.
#pragma once
#include <string>
#include <vector>

#include "server/policy/rules.h"

namespace pawl {

// One value of a proposal that is not what is in force.
struct PolicyChange {
  std::string key;            // "budget.day", "stage.screen.max_minutes", "[[approve]]"
  std::string before, after;  // "$40.00", "none"
  std::string source;         // where the proposal says it; of what it leaves out: where it stood
  bool operator==(const PolicyChange&) const = default;
};
using PolicyChanges = std::vector<PolicyChange>;

struct Reconciled {
  Rules rules;              // in force from now on
  PolicyChanges tightened;  // taken over from the proposal
  PolicyChanges pending;    // left as they were: each would loosen
};

// A part that only one side has: a new stage or pool loosens, a new rule that forbids, holds or
// caps something tightens, and leaving either out is the reverse. Rules of which the first match
// counts tighten only at the end of their list: further up they could take the place of a stricter
// one.
Reconciled reconcile(const Rules& in_force, const Rules& proposed);

// "budget.day: $40.00 -> $80.00 (policies/default.toml:2:7)"
std::string describe(const PolicyChange& change);
std::string describe(const PolicyChanges& changes);  // each on a line

}  // namespace pawl
