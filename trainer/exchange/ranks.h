// The processes of a world: started, watched and ended together.
#pragma once
#include <functional>

#include "trainer/exchange/world.h"

namespace trainer {

// Calls body(world) in as many processes as the world has, each with its own rank; a world of one
// calls it here. SIGTERM and SIGINT reach every rank. Returns the first rank's status once all have
// ended. When one fails, the others are ended too, and the error names the rank; what all of them
// say is said once. Call it before this process has a thread or a GPU.
Result<int> run_ranks(const World& world, const std::function<Result<int>(World)>& body);

// What `question` answers in a process of its own, so that what it opens is closed again: 0 to 255.
Result<int> ask_apart(const std::function<int()>& question);

}  // namespace trainer
