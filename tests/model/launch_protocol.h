// The launch protocol and its wrong variants, as every step that a world can take.
#pragma once
#include <functional>

#include "tests/model/world.h"

namespace pawl::model {

struct Protocol {
  const char* name;
  bool intent_first = true;        // an intent row is committed before the provider is called
  bool waits_horizon = true;       // "not listed" counts as "never launched" only after the horizon
  bool horizon_from_start = true;  // ... counted from this server's start, not from the intent
  bool watchdog = true;            // each attempt ends itself at its deadline
  bool settles_only_dead = true;   // money and a retry follow proof of death
};

using Visit = std::function<void(const World& next, const char* step)>;

// What can happen next, one visit for each: time, provider, crash and restart, and what a running
// server may do.
void steps(const Protocol& protocol, const World& world, const Visit& visit);

}  // namespace pawl::model
